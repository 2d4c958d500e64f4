import { expect, test } from 'vitest'
import { parseConfig } from '../src/config.ts'

test('every setting has a default, and a wrong one is named', () => {
  expect(parseConfig({})).toEqual({
    NATS_URL: 'nats://127.0.0.1:4222',
    SHARD: 'main',
    CLOCK_SOURCE: 'wall',
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: 9_101,
    LOG_LEVEL: 'info',
  })
  expect(parseConfig({ HTTP_PORT: '0', CLOCK_SOURCE: 'tape' })).toMatchObject({ HTTP_PORT: 0 })
  expect(() => parseConfig({ CLOCK_SOURCE: 'sun' })).toThrow(/CLOCK_SOURCE is "sun"/)
  expect(() => parseConfig({ HTTP_PORT: 'x' })).toThrow(/HTTP_PORT/)
  expect(() => parseConfig({ SHARD: 'a.b' })).toThrow(/SHARD/)
})
