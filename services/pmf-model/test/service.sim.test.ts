import path from 'node:path'
import { tapeSubject } from '@kwm/contracts'
import {
  ConfigError,
  MemoryLog,
  MemorySnapshotStore,
  parseEnvironment,
  type Outgoing,
} from '@kwm/runtime'
import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { settingsSchema } from '../src/config.ts'
import { readCalibration } from '../src/calibration-artefact.ts'
import { readArtefacts } from '../src/forecast-artefacts.ts'
import { createMetrics } from '../src/metrics.ts'
import { PmfModelService } from '../src/service.ts'

const tick = (second: number): Outgoing => ({
  subject: tapeSubject('main', 'ops.tick.v1', 'all'),
  id: `clock-${second}`,
  inputSeq: 0,
  body: JSON.stringify({
    type: 'ops.tick.v1',
    id: `clock-${second}`,
    causationId: `clock-${second}`,
    eventTimeUs: second * 1e6,
    ingestTimeUs: second * 1e6,
    data: { second, source: 'wall' },
  }),
})

test('it becomes ready, says how it was started, and stores where it got to when stopped', async () => {
  const log = new MemoryLog('main')
  for (let second = 1; second <= 5; second++) log.appendNow(tick(second))
  const snapshots = new MemorySnapshotStore()
  const letters: string[] = []
  const deadLetters = {
    append: ({ reason }: { reason: string }) => Promise.resolve(void letters.push(reason)),
  }
  const clock = { nowUs: () => 1_000_000, sleep: () => Promise.resolve() }
  const settings = parseEnvironment(settingsSchema, {})
  const metrics = createMetrics(new Registry())
  const calibration = { version: 'cal-1', maps: [] }
  const artefacts = { forecasts: [], calibration }
  const service = new PmfModelService(settings, artefacts, {
    log,
    snapshots,
    deadLetters,
    clock,
    metrics,
  })
  const stop = new AbortController()
  const running = service.run(stop.signal)
  await expect.poll(() => service.isReady).toBe(true)
  log.appendNow(tick(6))
  await expect.poll(() => log.records.length).toBe(7)
  stop.abort()
  await running
  const started = JSON.parse(log.records[5]!.body) as { type: string; data: { service: string } }
  expect(started).toMatchObject({ type: 'ops.service-started.v1', data: { service: 'pmf-model' } })
  expect(started).toMatchObject({ data: { config: { 'pmf-model': { calibration } } } })
  expect((await snapshots.load('pmf-model'))?.tapeSeq).toBeGreaterThanOrEqual(5)
  expect(letters).toEqual([])
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
