import { ConfigError } from '@kwm/runtime'
import { expect, test } from 'vitest'
import { keyOf, parseConfig, watchOf } from '../src/config.ts'

const base = {
  KALSHI_WS_URL: 'wss://venue.example/trade-api/ws/v2',
  KALSHI_REST_URL: 'https://venue.example/trade-api/v2',
  KALSHI_SERIES: 'KXHIGH*, kxbtc15m',
}
const key = { KALSHI_KEY_ID: 'k', KALSHI_PRIVATE_KEY_FILE: '/run/key.pem' }

test('what to follow, and with which key', () => {
  const config = parseConfig({ ...base, ...key, KALSHI_QUERIES: 'tag=BTC' })
  expect(watchOf(config)).toMatchObject({
    series: ['KXHIGH*', 'KXBTC15M'],
    queries: [{ tag: 'BTC' }],
  })
  expect(keyOf(config)).toEqual({
    keyId: 'k',
    file: '/run/key.pem',
  })
  expect(keyOf(parseConfig(base))).toBeNull()
  expect(keyOf(parseConfig({ ...base, KALSHI_KEY_ID: '', KALSHI_PRIVATE_KEY_FILE: '' }))).toBeNull()
})

test.each([
  [{ ...base, KALSHI_KEY_ID: 'k' }, /KALSHI_KEY_ID and KALSHI_PRIVATE_KEY_FILE belong together/],
  [{ ...base, ...key, KALSHI_WS_URL: '' }, /KALSHI_WS_URL is not set/],
  [{ ...base, KALSHI_SERIES: '' }, /nothing to follow/],
  [{ ...base, KALSHI_QUERIES: 'colour=red' }, /KALSHI_QUERIES .*category=/],
  [{ ...base, KALSHI_REST_URL: 'venue' }, /KALSHI_REST_URL/],
])('a wrong setting is named with its fix: %#', (env, message) => {
  expect(() => parseConfig(env)).toThrow(ConfigError)
  expect(() => parseConfig(env)).toThrow(message)
})
