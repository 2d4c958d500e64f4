import { fileURLToPath } from 'node:url'
import { runBriefly } from '@kwm/backtest/testing'
import { ConfigError, parseEnvironment } from '@kwm/runtime'
import { expect, test } from 'vitest'
import { settingsSchema } from '../src/config.ts'
import { readIntensities } from '../src/intensity-artefact.ts'
import { createFeatures } from '../src/service.ts'

test('it says how it was started, and stores where it got to when stopped', async () => {
  const settings = parseEnvironment(settingsSchema, {})
  const life = await runBriefly('features', new AbortController(), (ports) =>
    createFeatures(settings, {}, ports),
  )
  expect(life.said).toMatchObject([
    { type: 'ops.service-started.v1', data: { service: 'features' } },
  ])
  expect(life.snapshotSeq).toBeGreaterThanOrEqual(5)
  expect(life.letters).toEqual([])
})

test('a wrong setting is named with the fix', () => {
  const parse = (): unknown => parseEnvironment(settingsSchema, { RISK_OPEN_ORDERS_MAX: 'many' })
  expect(parse).toThrow(ConfigError)
  expect(parse).toThrow('RISK_OPEN_ORDERS_MAX is "many"')
})

test('an artefact that is missing or of another kind stops the start, with its name', async () => {
  expect(await readIntensities('')).toEqual({})
  const missing = readIntensities('/nowhere/intensities.json')
  await expect(missing).rejects.toThrow('INTENSITY_ARTEFACT /nowhere/intensities.json: ENOENT')
  const file = fileURLToPath(new URL('../package.json', import.meta.url))
  await expect(readIntensities(file)).rejects.toThrow('format must be kwm-intensities')
})
