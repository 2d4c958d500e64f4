import path from 'node:path'
import { runBriefly } from '@kwm/backtest/testing'
import { ConfigError, parseEnvironment } from '@kwm/runtime'
import { expect, test } from 'vitest'
import { readCalibration } from '../src/calibration-artefact.ts'
import { settingsSchema } from '../src/config.ts'
import { readArtefacts } from '../src/forecast-artefacts.ts'
import { createPmfModel } from '../src/service.ts'

test('it says how it was started, and stores where it got to when stopped', async () => {
  const settings = parseEnvironment(settingsSchema, {})
  const calibration = { version: 'cal-1', maps: [] }
  const artefacts = { forecasts: [], calibration }
  const life = await runBriefly('pmf-model', new AbortController(), (ports) =>
    createPmfModel(settings, artefacts, ports),
  )
  expect(life.said).toMatchObject([
    {
      type: 'ops.service-started.v1',
      data: { service: 'pmf-model', config: { 'pmf-model': { calibration } } },
    },
  ])
  expect(life.snapshotSeq).toBeGreaterThanOrEqual(5)
  expect(life.letters).toEqual([])
})

test('a wrong setting is named with the fix', () => {
  const parse = (): unknown => parseEnvironment(settingsSchema, { RISK_OPEN_ORDERS_MAX: 'many' })
  expect(parse).toThrow(ConfigError)
  expect(parse).toThrow('RISK_OPEN_ORDERS_MAX is "many"')
})

test('an artefact that cannot be used stops the start, naming the file and the field', async () => {
  const missing = readArtefacts(['/nowhere/model.json'])
  await expect(missing).rejects.toThrow('FORECAST_ARTEFACTS /nowhere/model.json: ENOENT')
  const file = path.join(import.meta.dirname, '../package.json')
  await expect(readArtefacts([file])).rejects.toThrow('format must be kwm-forecast')
  expect(() =>
    parseEnvironment(settingsSchema, { FORECAST_ARTEFACTS: 'a.json,b.json,c.json' }),
  ).toThrow('at most 2 files')
})

test('a calibration that cannot be used stops the start, naming the file and the field', async () => {
  expect(await readCalibration('')).toEqual({ version: 'identity' })
  const missing = readCalibration('/nowhere/maps.json')
  await expect(missing).rejects.toThrow('CALIBRATION_ARTEFACT /nowhere/maps.json: ENOENT')
  const file = path.join(import.meta.dirname, '../package.json')
  await expect(readCalibration(file)).rejects.toThrow('format must be kwm-calibration')
})
