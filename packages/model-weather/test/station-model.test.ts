import { expect, test } from 'vitest'
import {
  defaultResidualModel,
  defaultTurbulence,
  defaultWeatherConfig,
  dressingAt,
  MINUTE_US,
  stationModelOf,
  weatherMachine,
  type StationModel,
  type WeatherConfig,
  type WeatherInput,
} from '../src/index.ts'
import { fairDay, inTapeOrder, play, WeatherDay, type WeatherPmf } from './weather-day.ts'

const miami = new WeatherDay('KXHIGHMIA', '2026-10-02')
const curve = fairDay(84)
const exact = { source: 'metar', kind: 'tenth-f' } as const

const biased: StationModel = {
  version: 'KMIA-test',
  residual: {
    source: 'nws-grid',
    model: {
      ...defaultResidualModel,
      ...{ version: 'KMIA-residual', provenance: 'fitted' },
      biasF: defaultResidualModel.biasF.map((row) => row.map(() => 6)),
    },
  },
  excess: { kind: 'tenth-f', rowsPerReading: 1, pmf: [0, 0, 0, 0, 0, 1] },
  ensemble: {
    source: 'open-meteo',
    dressing: { hoursLeft: [6, 24], biasF: [-3, -1], dressSdF: [0.5, 2] },
    weight: 1,
  },
  calibration: { kind: 'none' },
}
const configOf = (model: Partial<StationModel>): WeatherConfig => ({
  ...defaultWeatherConfig,
  stationModels: {
    KMIA: {
      ...{ version: 'KMIA-test', residual: null, excess: null, ensemble: null },
      ...{ calibration: { kind: 'none' }, ...model },
    },
  },
})

const tape = (more: readonly WeatherInput[] = []): WeatherInput[] =>
  inTapeOrder([
    ...miami.listings(84),
    ...miami.readings(0, 10, curve, exact).filter((_, row) => row % 12 === 0),
    ...miami.readings(9.9, 10, curve, { source: 'metar', kind: 'tenth-f' }),
    ...more,
    miami.tick(miami.at(10) + MINUTE_US),
  ])
const said = (config: WeatherConfig, inputs: readonly WeatherInput[]): WeatherPmf =>
  play(weatherMachine.initial(config), inputs).at(-1)!.data
const mean = ({ pmf }: WeatherPmf): number =>
  pmf!.p.reduce((sum, p, i) => sum + p * (pmf!.lowestF + i), 0)

const grid = miami.forecast(miami.at(1), curve, { source: 'nws-grid' })
const newer = miami.forecast(miami.at(6), curve, { source: 'visual-crossing' })

test('a fitted residual is of its own source alone, also where another issued later', () => {
  const config = configOf({ residual: biased.residual })
  const own = said(config, tape([grid, newer]))
  expect(own).toMatchObject({ forecast: { source: 'nws-grid' } })
  expect(own.modelVersion).toContain('KMIA-residual')
  expect(mean(own)).toBeGreaterThan(mean(said(defaultWeatherConfig, tape([grid]))) + 2)
  const other = said(config, tape([newer]))
  expect(other).toEqual(said(defaultWeatherConfig, tape([newer])))
})

test('a forecast of the fitted source older than what was fitted gives way', () => {
  const stale = miami.forecast(miami.at(-15), curve, { source: 'nws-grid' })
  const { forecast } = said(configOf({ residual: biased.residual }), tape([stale, newer]))
  expect(forecast).toMatchObject({ source: 'visual-crossing' })
})

test('an excess learnt at five minutes is not that of hourly readings', () => {
  const hourly = configOf({ excess: biased.excess })
  expect(said(hourly, tape([grid]))).toEqual(said(defaultWeatherConfig, tape([grid])))
  const of = (rowsPerReading: number): WeatherConfig =>
    configOf({ excess: { ...biased.excess!, rowsPerReading } })
  expect(said(of(12), tape([grid])).runningHigh!.modeF).toBe(
    said(of(1), tape([grid])).hardLowerF! + 3,
  )
})

test('an ensemble is dressed and weighed as it was fitted, where it is the one that was', () => {
  const members = miami.ensemble(miami.at(2), curve, [-1, 0, 1])
  const config = configOf({ ensemble: biased.ensemble })
  const plain = said(defaultWeatherConfig, tape([grid, members]))
  const fitted = said(config, tape([grid, members]))
  expect(fitted.basis).toBe('pooled')
  expect(mean(fitted)).toBeLessThan(mean(plain) - 0.5)
  const elsewhere = configOf({ ensemble: { ...biased.ensemble!, source: 'other' } })
  expect(said(elsewhere, tape([grid, members]))).toEqual(plain)
  const dressing = biased.ensemble!.dressing
  expect([0, 6, 15, 24, 40].map((hours) => dressingAt(dressing, hours).biasF)).toEqual([
    ...[-3, -3, -2, -1, -1],
  ])
})

test('a calibration moves the PMF before the settlement basis, and leaves a report alone', () => {
  const config = configOf({ calibration: { kind: 'beta', a: 2, b: 0.7 } })
  const plain = said(defaultWeatherConfig, tape([grid]))
  expect(mean(said(config, tape([grid])))).toBeGreaterThan(mean(plain) + 0.5)
  const final = miami.report(miami.day.endUs + 4 * 3_600_000_000, { maxTempF: 85 })
  const after = [...tape([grid]), final, miami.tick(final.ingestTimeUs + MINUTE_US)]
  expect(said(config, after).pmf).toEqual(said(defaultWeatherConfig, after).pmf)
})

test('turbulence widens what the machine says, the same every time and across a snapshot', () => {
  const config = { ...defaultWeatherConfig, turbulence: { ...defaultTurbulence, paths: 2_000 } }
  const inputs = [...tape([grid]), ...[1, 2, 3].map((k) => miami.tick(miami.at(10) + k * 90e6))]
  const whole = play(weatherMachine.initial(config), inputs)
  const chain = play(weatherMachine.initial(defaultWeatherConfig), inputs)
  const last = whole.at(-1)!.data
  expect(last.hazard60min!).toBeGreaterThan(chain.at(-1)!.data.hazard60min!)
  expect(mean(last)).toBeGreaterThan(mean(chain.at(-1)!.data) + 0.1)
  expect(last.timeOfMax!.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9)
  expect(play(weatherMachine.initial(config), inputs)).toEqual(whole)
  const state = weatherMachine.initial(config)
  const cut = inputs.length - 2
  play(state, inputs.slice(0, cut))
  const saved = JSON.parse(JSON.stringify(weatherMachine.snapshot(state))) as never
  const rest = play(weatherMachine.restore(config, saved), inputs.slice(cut))
  expect(rest).toEqual(whole.slice(-rest.length))
  expect(rest.length).toBeGreaterThan(0)
})

test('a model is read as it was written, and refused by the field that is wrong', () => {
  const artefact = { format: 'kwm-weather-model', v: 2, stationId: 'KMIA', model: biased }
  expect(stationModelOf(JSON.parse(JSON.stringify(artefact)))).toEqual({
    ...{ icao: 'KMIA', model: biased },
  })
  const refused = (change: Partial<StationModel>, top: object = {}): string => {
    try {
      stationModelOf({ ...artefact, model: { ...biased, ...change }, ...top })
    } catch (error) {
      return (error as Error).message
    }
    return 'accepted'
  }
  const { residual, excess, ensemble } = biased
  expect(refused({}, { v: 1 })).toContain('v 2: fit it again')
  expect(refused({}, { stationId: 'KORD' })).toContain('stationId must be')
  expect(refused({ version: '' })).toContain('model.version must be 1 to 64')
  const model = { ...residual!.model, phi: 1.5 }
  expect(refused({ residual: { ...residual!, model } })).toContain('model.residual.model.phi')
  const rows = residual!.model.sdF.map((row, i) => (i === 2 ? row.slice(1) : row))
  expect(
    refused({ residual: { ...residual!, model: { ...residual!.model, sdF: rows } } }),
  ).toContain('model.residual.model.sdF[2] must be a list of 6')
  expect(refused({ excess: { ...excess!, pmf: [1, 1, 0, 0, 0, 0] } })).toContain('sum to 1')
  expect(refused({ excess: { ...excess!, kind: 'smooth' as never } })).toContain('excess.kind')
  expect(refused({ ensemble: { ...ensemble!, weight: NaN } })).toContain('ensemble.weight')
  const hoursLeft = [24, 6]
  const dressing = { ...ensemble!.dressing, hoursLeft }
  expect(refused({ ensemble: { ...ensemble!, dressing } })).toContain('hoursLeft[1] must be above')
  expect(refused({ calibration: { kind: 'beta', a: 0, b: 1 } })).toContain('calibration.a')
  const knots = { kind: 'knots', u: [0.2, 0.4], g: [0.5, 0.3] } as const
  expect(refused({ calibration: knots })).toContain('calibration.g[1] must be above')
  expect(refused({ calibration: { kind: 'spline' } as never })).toContain('none, knots, beta')
  expect(() => stationModelOf(null)).toThrow('file must be an object')
})
