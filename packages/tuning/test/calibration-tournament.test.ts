import type { DataOf } from '@kwm/contracts'
import { PmfCalibrator } from '@kwm/quant'
import { Prng } from '@kwm/std'
import { describe, expect, test } from 'vitest'
import {
  CalibrationRowBuilder,
  calibrationTournament,
  checkCalibrationDrift,
  DRIFT_P,
  eventDay,
} from '../src/index.ts'
import type { CalibrationInput } from '../src/index.ts'
import { dayOf, rowsOf } from './calibration-rows.ts'

const options = { trainDays: 60, testDays: 7 }

describe('tournament', () => {
  // On 20 days a map that saw its test days would shine; on 150 one may be better by chance.
  test.each([20, 150])('none wins where the forecasts are calibrated, on %i days', (trainDays) => {
    const methods = Array.from({ length: 30 }, (_, seed) => {
      const { artefact } = calibrationTournament(rowsOf(220, 1, seed), { trainDays, testDays: 7 })
      return artefact.entries[0]!.method
    })
    expect(methods.filter((method) => method !== 'none').length).toBeLessThanOrEqual(2)
  })

  test('a map wins where the forecasts are too sure, and mends them on later days', () => {
    const { artefact } = calibrationTournament(rowsOf(300, 2.5, 1), options)
    const [entry] = artefact.entries
    expect(entry!.method).not.toBe('none')
    expect(entry!.scores.map((score) => score.method)).toContain('isotonic')
    expect(entry!.fittedThrough).toBe(dayOf(299))
    expect(artefact.version).toMatch(/^calibration-[0-9a-f]{8}$/)
    const later = rowsOf(200, 2.5, 2, 300)
    const [check] = checkCalibrationDrift(JSON.parse(JSON.stringify(artefact)), later)
    expect(check).toMatchObject({ days: 200, isDrifted: false, isDue: true })
    expect(check!.meanHarm!).toBeLessThan(-0.02)
  })

  test('each city and lead is its own, and one with too few days is left out and said so', () => {
    const early = rowsOf(300, 2.5, 1).map((row) => ({ ...row, leadHours: 24 }))
    const chicago = rowsOf(20, 1, 2).map((row) => ({ ...row, series: 'KXHIGHCHI' }))
    const { artefact, skipped } = calibrationTournament(
      [...rowsOf(300, 1, 3), ...early, ...chicago],
      options,
    )
    expect(artefact.entries.map(({ leadHours, method }) => [leadHours, method === 'none'])).toEqual(
      [
        [6, true],
        [24, false],
      ],
    )
    expect(skipped).toEqual([{ series: 'KXHIGHCHI', leadHours: 6, days: 20 }])
  })
})

describe('drift', () => {
  const { artefact } = calibrationTournament(rowsOf(300, 2.5, 1), options)
  const map = new PmfCalibrator(artefact.entries[0]!.map)

  test('a map that was right and no longer is, is found', () => {
    const sharper = rowsOf(60, 0.5, 9, 300)
    const [check] = checkCalibrationDrift(artefact, sharper)
    expect(check!.isDrifted).toBe(true)
    expect(check!.meanHarm!).toBeGreaterThan(0)
  })

  // Halfway between what was said and what the map makes of it, both have the same expected score.
  test('looking every day for 200 days, at most 5 % of maps without harm are called drifted', () => {
    const prng = new Prng(4)
    const trials = 300
    const drifted = Array.from({ length: trials }, (_, seed) => {
      const rows = rowsOf(200, 1, 1_000 + seed, 300).map((row) => {
        const mapped = map.apply(row.pmf)
        let left = prng.nextFloat()
        const outcome = row.pmf.findIndex((p, k) => (left -= (p + mapped[k]!) / 2) < 0)
        return { ...row, outcome: Math.max(0, outcome) }
      })
      return checkCalibrationDrift(artefact, rows)[0]!.p <= DRIFT_P
    }).filter(Boolean).length
    // Three standard errors above the bound.
    expect(drifted / trials).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / trials))
  })
})

describe('rows from a tape', () => {
  const CLOSE_US = 1_800_000_000_000_000
  const frame = {
    type: 'feature.ladder-frame.v1',
    eventTimeUs: 0,
    data: { eventTicker: 'KXHIGHNY-26NOV20', seriesTicker: 'KXHIGHNY', closeTimeUs: CLOSE_US },
  } as unknown as CalibrationInput
  const pmf = (hoursBefore: number, p: (number | null)[], isFeasible = true) =>
    ({
      type: 'pmf.fused-pmf.v1',
      eventTimeUs: CLOSE_US - hoursBefore * 3.6e9,
      data: {
        eventTicker: 'KXHIGHNY-26NOV20',
        isFeasible,
        brackets: p.map((value, k) => ({ marketTicker: `B${k}`, p: value })),
      },
    }) as unknown as CalibrationInput
  const status = (marketTicker: string, result: 'yes' | 'no') =>
    ({
      type: 'md.market-status.v1',
      eventTimeUs: CLOSE_US,
      data: { marketTicker, result },
    }) as unknown as CalibrationInput

  test('each lead has the last PMF said by then, and the bracket the venue paid', () => {
    const builder = new CalibrationRowBuilder([18, 12, 1])
    for (const event of [
      frame,
      pmf(20, [0.2, 0.8]),
      pmf(12, [0.4, 0.6]),
      pmf(11.9, [0.5, 0.5]),
      pmf(2, [0.9, 0.1]),
      pmf(1.5, [null, null], false),
      pmf(0.5, [1, 0]),
    ]) {
      builder.add(event)
    }
    expect(builder.build()).toEqual([])
    builder.add(status('B0', 'no'))
    builder.add(status('B1', 'yes'))
    const common = { series: 'KXHIGHNY', day: '2026-11-20', outcome: 1 }
    expect(builder.build()).toEqual([
      { ...common, leadHours: 12, pmf: [0.4, 0.6] },
      { ...common, leadHours: 1, pmf: [0.9, 0.1] },
    ])
  })

  const calibrated = (event: CalibrationInput, calibration: string, rawP?: readonly number[]) => {
    const { brackets, ...data } = event.data as DataOf<'pmf.fused-pmf.v1'>
    const raw = brackets.map((bracket, k) => ({ ...bracket, ...(rawP && { rawP: rawP[k] }) }))
    return { ...event, data: { ...data, brackets: raw, calibration } } as CalibrationInput
  }

  test('of a PMF that is calibrated already, what was there before the map is taken', () => {
    const builder = new CalibrationRowBuilder([12, 1])
    builder.add(frame)
    builder.add(calibrated(pmf(12.5, [0.2, 0.8]), 'cal-7', [0.4, 0.6]))
    builder.add(calibrated(pmf(1.5, [0.3, 0.7]), 'identity'))
    builder.add(status('B1', 'yes'))
    expect(builder.build().map((row) => row.pmf)).toEqual([
      [0.4, 0.6],
      [0.3, 0.7],
    ])
  })

  test('one that lacks it is refused, with the event and the map', () => {
    const builder = new CalibrationRowBuilder([12])
    builder.add(frame)
    const said = calibrated(pmf(12.5, [0.2, 0.8]), 'cal-7')
    expect(() => builder.add(said)).toThrow(
      'KXHIGHNY-26NOV20 is calibrated by cal-7 and lacks rawP',
    )
  })
})

test('the climate day stands in the event ticker', () => {
  expect(eventDay('KXHIGHNY-26NOV20')).toBe('2026-11-20')
  expect(eventDay('KXBTC15M-26NOV201000')).toBe('2026-11-20')
  expect(eventDay('KXHIGHNY')).toBeNull()
})
