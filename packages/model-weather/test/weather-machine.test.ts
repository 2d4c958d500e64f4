import { weatherPmfV1 } from '@kwm/contracts'
import {
  defaultWeatherConfig,
  MINUTE_US,
  weatherMachine,
  type WeatherInput,
  type WeatherSnapshot,
} from '@kwm/model-weather'
import { expect, test } from 'vitest'
import { fairDay, inTapeOrder, play, WeatherDay, type WeatherPmf } from './weather-day.ts'

const chicago = new WeatherDay('KXHIGHCHI', '2026-10-02')
const curve = fairDay(74)

/** A morning of Midway: markets, a forecast, readings to `hour`, and a tick then. */
const morning = (hour: number, day = chicago): WeatherInput[] => [
  ...day.listings(74),
  day.forecast(day.at(1), curve),
  ...day.readings(0, hour, curve),
  day.tick(day.at(hour) + MINUTE_US),
]

const said = (inputs: readonly WeatherInput[]): WeatherPmf =>
  play(weatherMachine.initial(defaultWeatherConfig), inTapeOrder(inputs)).at(-1)!.data

const sumOf = ({ brackets }: WeatherPmf): number => brackets.reduce((sum, { p }) => sum + p!, 0)

test('a morning of readings and a forecast becomes a nowcast that sums to one', () => {
  const pmf = said(morning(11))
  expect(pmf).toMatchObject({
    stationId: 'KMDW',
    climateDate: '2026-10-02',
    basis: 'nowcast',
    blockedReason: null,
    isWidened: false,
    feed: { source: 'visual-crossing', type: 'smooth', badShare: 0 },
  })
  expect(sumOf(pmf)).toBeCloseTo(1, 9)
  expect(pmf.hazard15min!).toBeLessThanOrEqual(pmf.hazard60min!)
  expect(pmf.hazard60min!).toBeLessThanOrEqual(pmf.probabilityOfNewHigh!)
  expect(pmf.timeOfMax!.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6)
  expect(pmf.timeOfMax!.indexOf(Math.max(...pmf.timeOfMax!))).toBeGreaterThanOrEqual(14)
  const schema = weatherPmfV1.shape.data
  expect(schema.safeParse(pmf).error).toBeUndefined()
})

test('late in the afternoon the high is all but known, and in the evening no hazard is left', () => {
  const afternoon = said(morning(18))
  expect(afternoon.runningHigh!.modeF).toBe(74)
  const evening = said(morning(22))
  expect(evening.hazard60min!).toBeLessThan(1e-3)
  expect(evening.timeOfMax![15]! + evening.timeOfMax![14]!).toBeGreaterThan(0.95)
})

test("O'Hare is not heard: its readings, reports and forecasts change nothing", () => {
  const hot = { stationId: 'KORD', stationIds: ['KORD'] }
  const ohare = chicago.readings(0, 11, (hour) => curve(hour) + 12, hot)
  const report = chicago.report(chicago.at(10), { stationId: 'KORD', maxTempF: 95 })
  const forecast = chicago.forecast(chicago.at(5), () => 95, { stationId: 'KORD' })
  expect(said([...morning(11), ...ohare, report, forecast])).toEqual(said(morning(11)))
})

test("O'Hare's readings under Midway's name are foreign rows, and block the feed", () => {
  const mixed = chicago.readings(9, 11, (hour) => curve(hour) + 12, { stationIds: ['KORD'] })
  const inputs = [
    ...chicago.listings(74),
    chicago.forecast(chicago.at(1), curve),
    ...chicago.readings(0, 9, curve),
    ...mixed,
    chicago.tick(chicago.at(11) + MINUTE_US),
  ]
  const pmf = said(inputs)
  expect(pmf.blockedReason).toBe('no live feed: visual-crossing stale')
  expect(pmf.runningHigh!.modeF).toBeLessThan(70)
})

test("rules that name O'Hare refuse the event, with the reason", () => {
  const rulesPrimary = chicago.rules('CLIORD', 'less than 70')
  const listings = chicago.listings(74, { rulesPrimary })
  const pmf = said([...morning(11).filter((i) => i.type !== 'md.market-listed.v1'), ...listings])
  expect(pmf.blockedReason).toBe('the rules settle on CLIORD, KXHIGHCHI on CLIMDW')
  expect(pmf.brackets.every(({ p }) => p === null)).toBe(true)
})

test('one refused market refuses its event, whatever is listed after it', () => {
  const [first, ...rest] = morning(11)
  const odd = chicago.listings(74, { closeTimeUs: chicago.day.endUs + 3_600_000_000 })[0]!
  expect(first!.type).toBe('md.market-listed.v1')
  expect(said([odd, ...rest]).blockedReason).toContain('before the end of climate day')
})

test('brackets that are not all there are no PMF', () => {
  const pmf = said(morning(11).slice(1))
  expect(pmf.blockedReason).toContain('not a partition')
  expect(pmf.hazard60min).toBeNull()
})

test('a station that goes silent is said to be so; its hazards are null, its bound stays', () => {
  const exact = { source: 'ncei-asos-5min', kind: 'tenth-f' } as const
  const inputs = [
    ...chicago.listings(74),
    chicago.forecast(chicago.at(1), curve),
    ...chicago.readings(0, 13, curve, exact),
  ]
  const before = said([...inputs, chicago.tick(chicago.at(13) + 10 * MINUTE_US)])
  expect(before.blockedReason).toBeNull()
  const after = said([...inputs, chicago.tick(chicago.at(13) + 25 * MINUTE_US)])
  expect(after.blockedReason).toBe('no live feed: ncei-asos-5min stale')
  expect(after.hardLowerF).toBe(73)
  expect(after).toMatchObject({
    ...{ basis: 'none', pmf: null, hazard15min: null, hazard60min: null },
    ...{ probabilityOfNewHigh: null, timeOfMax: null, hardLowerF: before.hardLowerF },
  })
  expect(after.brackets.every(({ p }) => p === null)).toBe(true)
})

test('without a forecast or ensemble there is no PMF, and the reason says so', () => {
  const inputs = morning(11).filter((input) => input.type !== 'wx.forecast.v1')
  const pmf = said(inputs)
  expect(pmf.blockedReason).toBe('no usable forecast or ensemble for the rest of the day')
  expect(pmf.runningHigh).not.toBeNull()
})

test('an ensemble alone gives a PMF without hazards; both give the pool between them', () => {
  const members = chicago.ensemble(chicago.at(2), (hour) => curve(hour) + 4, [-1, 0, 1])
  const alone = said([...morning(11).filter((i) => i.type !== 'wx.forecast.v1'), members])
  expect(alone).toMatchObject({ basis: 'ensemble', hazard15min: null, probabilityOfNewHigh: null })
  expect(sumOf(alone)).toBeCloseTo(1, 9)
  const both = said([...morning(11), members])
  const nowcast = said(morning(11))
  const mean = ({ pmf }: WeatherPmf): number =>
    pmf!.p.reduce((sum, p, i) => sum + p * (pmf!.lowestF + i), 0)
  expect(both.basis).toBe('pooled')
  expect(mean(both)).toBeGreaterThan(mean(nowcast))
  expect(mean(both)).toBeLessThan(mean(alone))
  expect(both.hazard60min).toBe(nowcast.hazard60min)
})

test('an ensemble that cools puts nothing below what was already reached', () => {
  const exact = { source: 'ncei-asos-5min', kind: 'tenth-f' } as const
  const pmf = said([
    ...chicago.listings(74),
    chicago.ensemble(chicago.at(2), (hour) => curve(hour) - 8, [-1, 0, 1]),
    ...chicago.readings(0, 17, curve, exact),
    chicago.tick(chicago.at(17) + MINUTE_US),
  ])
  expect(pmf).toMatchObject({ basis: 'ensemble', hardLowerF: 74 })
  // The settlement basis alone reaches a degree below.
  expect(pmf.pmf!.lowestF).toBe(73)
  expect(pmf.pmf!.p[0]).toBeLessThan(0.004)
})

test('numbers that lie on no grid prove nothing, whatever their kind claims', () => {
  const claimed = { source: 'ncei-asos-5min', kind: 'tenth-f' } as const
  const readings = chicago
    .readings(0, 11, curve)
    .map(({ eventTimeUs, data }) => chicago.observation(eventTimeUs, data.tempF, claimed))
  const tape = [...chicago.listings(74), chicago.forecast(chicago.at(1), curve), ...readings]
  const pmf = said([...tape, chicago.tick(chicago.at(11) + MINUTE_US)])
  expect(pmf).toMatchObject({ hardLowerF: null, feed: { type: 'smooth' }, blockedReason: null })
})

test('a gap at the peak blocks the day, and a six-hour group that covers it clears it', () => {
  const seen = (hour: number): boolean => hour < 13 || hour > 16.5
  const inputs = [
    ...chicago.listings(74),
    chicago.forecast(chicago.at(1), curve),
    ...chicago.readings(0, 19, curve).filter(({ eventTimeUs }) => {
      return seen((eventTimeUs - chicago.day.startUs) / 3_600_000_000)
    }),
  ]
  const tick = chicago.tick(chicago.at(19) + MINUTE_US)
  const gap = said([...inputs, tick])
  expect(gap.blockedReason).toMatch(/^\d+ minutes unseen that could hide the maximum$/)
  expect(gap).toMatchObject({ basis: 'none', hazard60min: null })
  expect(gap.runningHigh!.unseenMinutes).toBeGreaterThan(180)
  const windowStartUs = chicago.at(12.85)
  const max6h = { source: 'iem', kind: 'max-6h', windowStartUs } as const
  const group = chicago.observation(chicago.at(18.85), 74, max6h)
  expect(said([...inputs, group, tick])).toMatchObject({ blockedReason: null, hardLowerF: 74 })
})

test('the day before, the whole of tomorrow is forecast and no hazard is claimed', () => {
  const tomorrow = new WeatherDay('KXHIGHCHI', '2026-10-03')
  const inputs = [
    ...tomorrow.listings(74),
    ...chicago.readings(0, 11, curve),
    tomorrow.forecast(tomorrow.at(-14), curve),
    tomorrow.tick(tomorrow.at(-13) + MINUTE_US),
  ]
  const pmf = said(inputs)
  expect(pmf).toMatchObject({ climateDate: '2026-10-03', basis: 'nowcast', runningHigh: null })
  expect(pmf).toMatchObject({ hazard15min: null, probabilityOfNewHigh: null, blockedReason: null })
  expect(sumOf(pmf)).toBeCloseTo(1, 9)
})

test('Central Park is not served by Visual Crossing, and is by reports and their groups', () => {
  const newYork = new WeatherDay('KXHIGHNY', '2026-10-02')
  const vc = said(morning(11, newYork))
  expect(vc.blockedReason).toBe('no live feed: none at all')
  const hourly = { source: 'iem', kind: 'tenth-f' } as const
  const metars = Array.from({ length: 11 }, (_, h) =>
    newYork.observation(newYork.at(h + 0.85), Math.round(curve(h + 0.85)), hourly),
  )
  const windowStartUs = newYork.at(0.85)
  const max6h = { source: 'iem', kind: 'max-6h', windowStartUs } as const
  const group = newYork.observation(newYork.at(6.85), Math.round(curve(0.85)), max6h)
  const served = said([
    ...newYork.listings(74),
    newYork.forecast(newYork.at(1), curve),
    ...metars,
    group,
    newYork.tick(newYork.at(11) + MINUTE_US),
  ])
  expect(served).toMatchObject({ blockedReason: null, feed: { source: 'iem', type: 'tenth-f' } })
  expect(served.hardLowerF).toBe(Math.round(curve(10.85)))
})

test('a final report settles the maximum but for the basis; before its day is over it is a bound', () => {
  const early = said([...morning(11), chicago.report(chicago.at(10.5), { maxTempF: 71 })])
  expect(early).toMatchObject({ basis: 'nowcast', hardLowerF: 71 })
  const inputs = [...morning(23.9), chicago.report(chicago.at(25), { maxTempF: 74 })]
  const pmf = said([...inputs, chicago.tick(chicago.at(25) + MINUTE_US)])
  expect(pmf).toMatchObject({ basis: 'report', hazard60min: 0, runningHigh: { modeF: 74 } })
  expect(pmf.pmf).toEqual({ lowestF: 73, p: [0.003, 0.994, 0.003] })
})

test('final reports that contradict each other are flagged, and settled by one that agrees again', () => {
  const after = (...maxima: readonly (number | null)[]): WeatherPmf => {
    const reports = maxima.map((maxTempF, i) =>
      chicago.report(chicago.at(25 + i), { maxTempF, status: i === 0 ? 'final' : 'correction' }),
    )
    const at = chicago.at(25 + maxima.length)
    return said([...morning(23.9), ...reports, chicago.tick(at + MINUTE_US)])
  }
  expect(after(74, 80)).toMatchObject({
    blockedReason: 'final reports contradict: 74, then 80',
    ...{ basis: 'none', pmf: null, hardLowerF: null, hazard60min: null },
    runningHigh: { modeF: 74 },
  })
  expect(after(74, 80).brackets.every(({ p }) => p === null)).toBe(true)
  const schema = weatherPmfV1.shape.data
  expect(schema.safeParse(after(74, 80)).error).toBeUndefined()
  for (const same of [after(74, 74), after(74, 80, 74), after(74, null), after(null, 74)]) {
    expect(same).toMatchObject({ basis: 'report', blockedReason: null, hardLowerF: 74 })
  }
  const state = weatherMachine.initial(defaultWeatherConfig)
  const inputs = [...morning(23.9), chicago.report(chicago.at(25), { maxTempF: 74 })]
  play(state, [...inputs, chicago.report(chicago.at(26), { maxTempF: 80 })])
  const saved = JSON.parse(JSON.stringify(weatherMachine.snapshot(state))) as WeatherSnapshot
  const restored = weatherMachine.restore(defaultWeatherConfig, saved)
  const tick = chicago.tick(chicago.at(27) + MINUTE_US)
  expect(play(restored, [tick]).at(-1)!.data).toEqual(after(74, 80))
})

test('a report of the afternoon that was mistyped is taken back by the next one of its product', () => {
  const report = (hour: number, maxTempF: number, product: 'CLI' | 'DSM' = 'CLI') =>
    chicago.report(chicago.at(hour), { maxTempF, product, status: 'intermediate' })
  const bound = (...reports: readonly WeatherInput[]): number | null =>
    said([...morning(11), ...reports]).hardLowerF
  expect(bound(report(10, 97))).toBe(97)
  expect(bound(report(10, 97), report(10.5, 67))).toBe(67)
  // An older one that comes late says nothing against it, another product does not take it back.
  const late = { ...report(9, 95), ingestTimeUs: chicago.at(10.9) }
  expect(bound(report(10, 67), late)).toBe(67)
  expect(bound(report(10, 97), report(10.5, 67, 'DSM'))).toBe(97)
})

test('what the future knows is not used: issues and readings from later are refused', () => {
  const base = said(morning(11))
  const hot = (hour: number): number => curve(hour) + 15
  const later = chicago.at(20)
  for (const planted of [
    chicago.forecast(later, hot, {}, chicago.at(10)),
    { ...chicago.ensemble(later, hot, [0, 1]), ingestTimeUs: chicago.at(10) },
    chicago.observation(chicago.at(15), 95, {}, chicago.at(10)),
  ]) {
    expect(said([...morning(11), planted]), planted.type).toEqual(base)
  }
})

test('a forecast with a basis date is used from the midnight after it', () => {
  const dated = chicago.forecast(chicago.at(3), curve, { basisDate: '2026-10-01', source: 'dated' })
  expect(said([...morning(11), dated]).forecast!.source).toBe('dated')
  const today = chicago.forecast(chicago.at(3), curve, { basisDate: '2026-10-02', source: 'dated' })
  expect(said([...morning(11), today]).forecast!.source).toBe('visual-crossing')
})

test('a revised reading takes back what the first one proved, and a spike proves nothing', () => {
  const exact = { source: 'ncei-asos-5min', kind: 'tenth-f' } as const
  const inputs = [
    ...chicago.listings(74),
    chicago.forecast(chicago.at(1), curve),
    ...chicago.readings(0, 11, curve, exact),
  ]
  const revisedTo = (...tempsF: number[]): WeatherPmf => {
    const revisions = tempsF.map((tempF, i) => {
      const change = { ...exact, revision: i + 1 }
      return chicago.observation(chicago.at(10), tempF, change, chicago.at(11) + i)
    })
    return said([...inputs, ...revisions, chicago.tick(chicago.at(11) + MINUTE_US)])
  }
  const before = revisedTo()
  expect(revisedTo(80.06).hardLowerF).toBe(80)
  expect(revisedTo(80.06, 66.02).hardLowerF).toBe(before.hardLowerF)
  expect(revisedTo(118.04)).toMatchObject({ hardLowerF: before.hardLowerF, blockedReason: null })
})

test('a forecast that the station makes nonsense of is not used, and nothing breaks', () => {
  for (const tempF of [-79, 139]) {
    const absurd = chicago.forecast(chicago.at(5), () => tempF)
    const pmf = said([...morning(11), absurd])
    expect(pmf.blockedReason).toBe('no usable forecast or ensemble for the rest of the day')
  }
  const wild = chicago.ensemble(chicago.at(5), () => 30, [-100, 0, 100])
  const pmf = said([...morning(11), wild])
  expect(weatherPmfV1.shape.data.safeParse(pmf).error).toBeUndefined()
  expect(sumOf(pmf)).toBeCloseTo(1, 9)
})

test('on the days the clocks change the maximum is of the day of standard time', () => {
  for (const date of ['2026-03-08', '2026-11-01']) {
    const miami = new WeatherDay('KXHIGHMIA', date)
    // Warm in the hour before the climate day begins and in the one after it ends.
    const outside = [...miami.readings(-1, 0, () => 88), ...miami.readings(24, 24.5, () => 89)]
    const inputs = [...morning(23.9, miami), ...outside]
    const evening = said([...inputs, miami.tick(miami.day.endUs + MINUTE_US)])
    expect(evening).toMatchObject({ climateDate: date, basis: 'running-high' })
    expect(evening.runningHigh!.modeF, date).toBe(74)
    expect(evening.hazard60min).toBe(0)
  }
})

test('a snapshot at any input continues to the same outputs', () => {
  const members = chicago.ensemble(chicago.at(2), curve, [-1, 0, 1])
  const ticks = [2, 8, 11, 14].map((hour) => chicago.tick(chicago.at(hour) + MINUTE_US))
  const final = chicago.report(chicago.at(25), { maxTempF: 74 })
  const windowStartUs = chicago.at(0.5)
  const max6h = { source: 'iem', kind: 'max-6h', windowStartUs } as const
  const group = chicago.observation(chicago.at(6.5), 69, max6h)
  const preliminary = chicago.report(chicago.at(7), { maxTempF: 68, status: 'intermediate' })
  const tape = inTapeOrder([
    ...morning(14).filter((input) => input.type !== 'ops.tick.v1'),
    ...ticks,
    members,
    group,
    preliminary,
    final,
    chicago.tick(chicago.at(25) + MINUTE_US),
  ])
  const straight = play(weatherMachine.initial(defaultWeatherConfig), tape)
  expect(straight.length).toBeGreaterThan(4)
  expect(straight.at(-2)!.data.hardLowerF).toBe(69)
  for (const cut of [1, 7, 40, 120, tape.length - 3]) {
    const first = weatherMachine.initial(defaultWeatherConfig)
    const before = play(first, tape.slice(0, cut))
    const saved = JSON.parse(JSON.stringify(weatherMachine.snapshot(first))) as WeatherSnapshot
    const resumed = weatherMachine.restore(defaultWeatherConfig, saved)
    expect([...before, ...play(resumed, tape.slice(cut))], `cut at ${cut}`).toEqual(straight)
  }
})

test('nothing is said again until the weather changes or the time has come', () => {
  const state = weatherMachine.initial(defaultWeatherConfig)
  play(state, inTapeOrder(morning(11)))
  const from = chicago.at(11) + MINUTE_US
  const seconds = Array.from({ length: 59 }, (_, s) => chicago.tick(from + (s + 1) * 1_000_000))
  expect(play(state, seconds)).toEqual([])
  expect(play(state, [chicago.tick(from + MINUTE_US)])).toHaveLength(1)
})
