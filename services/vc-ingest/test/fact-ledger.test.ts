import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Fact, ForecastFact, ObservationFact, ReportFact } from '@kwm/adapter-weather'
import { FactLedger, type Verdict } from '../src/fact-ledger.ts'
import { ProviderWatch } from '../src/provider-watch.ts'
import { lookbackUs, nextRoundUs } from '../src/poll-window.ts'

const NOW = Date.parse('2026-07-11T07:00:00Z') * 1_000
const MINUTE = 60_000_000
const DAY = 1_440 * MINUTE

const observation = (atUs: number, tempF: number | null): ObservationFact => ({
  type: 'wx.observation.v1',
  eventTimeUs: atUs,
  data: {
    ...{ stationId: 'KMDW', source: 'iem', kind: 'tenth-f', tempF, dewPointF: null },
    ...{ humidityPct: null, windMph: null, windowStartUs: null, stationIds: ['KMDW'] },
  },
})
const forecast = (temps: readonly (readonly [number, number])[]): ForecastFact => ({
  type: 'wx.forecast.v1',
  eventTimeUs: NOW,
  data: {
    ...{ stationId: 'KMDW', source: 'visual-crossing', issueTimeUs: NOW, basisDate: null },
    validTimesUs: temps.map(([hour]) => NOW + hour * 60 * MINUTE),
    tempsF: temps.map(([, tempF]) => tempF),
  },
})
const report = (climateDate: string, textHash: string): ReportFact => ({
  type: 'wx.climate-report.v1',
  eventTimeUs: NOW - MINUTE,
  data: {
    ...{ stationId: 'KMDW', product: 'CLI', climateDate, status: 'final', maxTempF: 91 },
    ...{ minTempF: 70, textHash },
  },
})

describe('what was said already', () => {
  const verdicts = (ledger: FactLedger, steps: readonly (readonly [Fact, number])[]): Verdict[] =>
    steps.map(([fact, receivedUs]) => ledger.judge(fact, receivedUs).verdict)

  test('a forecast is news when it says something else or farther, not when hours have passed', () => {
    const steps = [
      forecast([
        [1, 80],
        [2, 81],
        [3, 82],
      ]),
      forecast([
        [2, 81],
        [3, 82],
      ]),
      forecast([
        [2, 81],
        [3, 82],
        [4, 83],
      ]),
      forecast([
        [3, 82.5],
        [4, 83],
      ]),
    ]
    const given = steps.map((fact, index) => [fact, NOW + index] as const)
    expect(verdicts(new FactLedger(), given)).toEqual(['new', 'known', 'revised', 'revised'])
  })

  test('a report is one by its text', () => {
    const steps = ['a', 'b', 'a', 'b'].map(
      (hash, at) => [report('2026-07-10', hash), NOW + at] as const,
    )
    expect(verdicts(new FactLedger(), steps)).toEqual(['new', 'revised', 'known', 'known'])
  })

  test.each<[string, Fact, Verdict]>([
    ['four days old', observation(NOW - 4 * DAY, 80), 'old'],
    ['of the next hour', observation(NOW + 60 * MINUTE, 80), 'future'],
    ['of a clock a little ahead', observation(NOW + 5 * MINUTE, 80), 'new'],
    ['a report of a month ago', report('2026-06-01', 'a'), 'old'],
    ['a report of tomorrow', report('2026-07-12', 'a'), 'future'],
  ])('%s', (_, fact, verdict) => {
    expect(new FactLedger().judge(fact, NOW).verdict).toBe(verdict)
  })

  // The oracle keeps nothing but the list of what was said.
  test('observations: each change of a value is one revision, through snapshots and late answers', () => {
    const step = fc.record({
      slot: fc.integer({ min: 0, max: 3 }),
      tempF: fc.constantFrom(80, 81, null),
      lateUs: fc.constantFrom(0, 0, 0, 3),
      isRestored: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let ledger = new FactLedger()
        const said: { slot: number; tempF: number | null; receivedUs: number }[] = []
        for (const [index, { slot, tempF, lateUs, isRestored }] of steps.entries()) {
          const receivedUs = NOW + index - lateUs
          const before = said.filter((one) => one.slot === slot)
          const last = before.at(-1)
          const isNews = !last || (last.tempF !== tempF && receivedUs > last.receivedUs)
          const { verdict, revision } = ledger.judge(
            observation(NOW - slot * MINUTE, tempF),
            receivedUs,
          )
          expect(verdict).toBe(isNews ? (last ? 'revised' : 'new') : 'known')
          if (isNews) {
            expect(revision).toBe(before.length)
            said.push({ slot, tempF, receivedUs })
          }
          if (isRestored) {
            const restored = new FactLedger()
            restored.restore(JSON.parse(JSON.stringify(ledger.snapshot())))
            ledger = restored
          }
        }
      }),
      { seed: 7 },
    )
  })

  test('what is older than it needs to know is forgotten', () => {
    const ledger = new FactLedger()
    for (let hour = 0; hour < 24 * 10; hour++) {
      const nowUs = NOW + hour * 60 * MINUTE
      ledger.judge(observation(nowUs, 80), nowUs)
    }
    expect(ledger.snapshot().observations.length).toBeLessThanOrEqual(3 * 24 + 2)
  })
})

describe('when a feed is asked', () => {
  test('on its grid, as late as it publishes, and never at once again', () => {
    const plan = { feed: 'metar', everySeconds: 300, delaySeconds: 45 }
    const at = (iso: string): string => {
      const nextUs = nextRoundUs(plan, Date.parse(`2026-07-11T${iso}Z`) * 1_000)
      return new Date(nextUs / 1_000).toISOString().slice(11, 19)
    }
    expect(['07:00:00', '07:00:44', '07:00:45', '07:04:59', '07:05:45'].map(at)).toEqual([
      ...['07:00:45', '07:00:45', '07:05:45', '07:05:45', '07:10:45'],
    ])
  })

  test('from two hours back, from before the gap after an outage, from farther at the start', () => {
    const hours = (lastUs: number | undefined) =>
      (NOW - lookbackUs('metar', NOW, lastUs)) / (60 * MINUTE)
    expect(hours(NOW - 5 * MINUTE)).toBe(2)
    expect(hours(NOW - 300 * MINUTE)).toBe(5.5)
    expect(hours(NOW - 30 * DAY)).toBe(36)
    expect(hours(undefined)).toBe(36)
  })
})

describe('whether a provider can be believed', () => {
  const watchOf = () => new ProviderWatch([{ name: 'nws', stations: ['KMDW', 'KNYC'] }], NOW)
  const ok = { outcome: 'duplicate', detail: '' } as const
  const failed = { outcome: 'unanswered', detail: 'left alone for 12 s more' } as const
  const statuses = (watch: ProviderWatch, nowUs: number) =>
    watch.changes(nowUs).map(({ status }) => status)

  test('one failure is nothing, three are, one answer mends it', () => {
    const watch = watchOf()
    watch.onResult('nws', ok, NOW)
    expect(statuses(watch, NOW)).toEqual(['live'])
    watch.onResult('nws', failed, NOW)
    watch.onResult('nws', failed, NOW)
    expect(statuses(watch, NOW)).toEqual([])
    watch.onResult('nws', failed, NOW)
    expect(statuses(watch, NOW)).toEqual(['disconnected'])
    watch.onResult('nws', { ...failed, detail: 'left alone for 7 s more' }, NOW)
    expect(statuses(watch, NOW)).toEqual([])
    watch.onResult('nws', ok, NOW)
    expect(statuses(watch, NOW)).toEqual(['live'])
  })

  test('a station without a temperature for 90 minutes makes it stale, by name', () => {
    const watch = watchOf()
    watch.onResult('nws', ok, NOW)
    watch.onTemperature('nws', 'KMDW', NOW + 60 * MINUTE)
    expect(watch.changes(NOW + 91 * MINUTE)).toEqual([
      { provider: 'nws', status: 'stale', reason: 'silent: KNYC' },
    ])
    watch.onTemperature('nws', 'KNYC', NOW + 90 * MINUTE)
    expect(statuses(watch, NOW + 92 * MINUTE)).toEqual(['live'])
  })
})
