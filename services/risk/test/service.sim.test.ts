import { runBriefly } from '@kwm/backtest/testing'
import { ConfigError, parseEnvironment } from '@kwm/runtime'
import { expect, test } from 'vitest'
import { settingsSchema } from '../src/config.ts'
import { createRisk } from '../src/service.ts'

test('it says how it was started, and stores where it got to when stopped', async () => {
  const settings = parseEnvironment(settingsSchema, {})
  const life = await runBriefly('risk', new AbortController(), (ports) =>
    createRisk(settings, ports),
  )
  expect(life.said).toMatchObject([{ type: 'ops.service-started.v1', data: { service: 'risk' } }])
  expect(life.snapshotSeq).toBeGreaterThanOrEqual(5)
  expect(life.letters).toEqual([])
})

test('a wrong setting is named with the fix', () => {
  const parse = (): unknown => parseEnvironment(settingsSchema, { RISK_OPEN_ORDERS_MAX: 'many' })
  expect(parse).toThrow(ConfigError)
  expect(parse).toThrow('RISK_OPEN_ORDERS_MAX is "many"')
})
