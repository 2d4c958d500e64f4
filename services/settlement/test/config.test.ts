import { expect, test } from 'vitest'
import { ConfigError } from '@kwm/runtime'
import { parseConfig, seriesOf } from '../src/config.ts'

const KALSHI_REST_URL = 'https://external-api.kalshi.com/trade-api/v2'

test('the address of the venue is all that is needed: every series of daily highs', () => {
  expect(seriesOf(parseConfig({ KALSHI_REST_URL }))).toHaveLength(24)
  const some = parseConfig({ KALSHI_REST_URL, SETTLEMENT_SERIES: 'KXHIGHNY, kxhighchi' })
  expect(seriesOf(some)).toEqual(['KXHIGHNY', 'KXHIGHCHI'])
})

test.each([
  ['no address', {}, /KALSHI_REST_URL is not set/],
  ['a series without a station', { KALSHI_REST_URL, SETTLEMENT_SERIES: 'KXBTCD' }, /has KXBTCD/],
])('%s is one line that says what to do', (_, env, message) => {
  expect(() => parseConfig(env)).toThrow(ConfigError)
  expect(() => parseConfig(env)).toThrow(message)
})
