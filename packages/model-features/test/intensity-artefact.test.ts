import { describe, expect, test } from 'vitest'
import {
  featuresMachine,
  intensitiesOf,
  type FittedIntensity,
  type IntensityArtefact,
} from '../src/index.ts'
import { EVENT, framesOf, quickConfig, randomTape } from './random-tape.ts'

const fitted: FittedIntensity = {
  seriesTicker: EVENT.slice(0, EVENT.indexOf('-')),
  decaysPerSecond: [0.5, 0.02],
  ...{ branchSelf: [0.3, 0.2], branchCross: [0.05, 0], branchNeighbourSame: [0.02, 0.01] },
  branchNeighbourOpposite: [0, 0.01],
  profile: { periodS: 86_400, factors: [0.5, 1.5] },
  utcOffsetMinutes: -300,
}
const artefact: IntensityArtefact = {
  ...{ format: 'kwm-intensities', v: 1, version: 'intensities-1' },
  series: [fitted],
}
const spoilt = (change: object) => ({ ...artefact, series: [{ ...fitted, ...change }] })

test('the parameters of a series are those of its markets, and of no others', () => {
  const tape = randomTape(1, 60)
  const last = (series: FittedIntensity) => {
    const tradeIntensityOfSeries = intensitiesOf({ ...artefact, series: [series] })
    const warm = Object.entries(tradeIntensityOfSeries).map(([name, config]) => [
      name,
      { ...config, warmUpUs: 1_000_000 },
    ])
    const config = { ...quickConfig, tradeIntensityOfSeries: Object.fromEntries(warm) as never }
    return framesOf(tape, config)
      .at(-1)!
      .frame.rows.map((row) => row.hawkesBuy)
  }
  const usual = framesOf(tape)
    .at(-1)!
    .frame.rows.map((row) => row.hawkesBuy)
  expect(last(fitted)).not.toEqual(usual)
  expect(last({ ...fitted, seriesTicker: 'KXHIGHCHI' })).toEqual(usual)
})

test('a market says the same whether or not its traces were restored', () => {
  const config = { ...quickConfig, tradeIntensityOfSeries: intensitiesOf(artefact) }
  const tape = randomTape(2, 30)
  let state = featuresMachine.initial(config)
  for (const [n, input] of tape.entries()) {
    if (n === 100) state = featuresMachine.restore(config, featuresMachine.snapshot(state))
    featuresMachine.step(state, input)
  }
  const straight = featuresMachine.initial(config)
  for (const input of tape) featuresMachine.step(straight, input)
  expect(featuresMachine.snapshot(state)).toEqual(featuresMachine.snapshot(straight))
})

describe('what is refused, and why', () => {
  test.each<[string, unknown, string]>([
    ['nothing', null, 'format must be kwm-intensities'],
    ['another format', { ...artefact, v: 2 }, 'and v 1: train it again'],
    ['no list', { ...artefact, series: {} }, 'series must be a list'],
    ['a series twice', { ...artefact, series: [fitted, fitted] }, 'each seriesTicker once'],
    ['no series', { ...artefact, series: [null] }, 'series[0].seriesTicker'],
    ['a ticker', spoilt({ seriesTicker: 'a-b' }), 'series[0].seriesTicker'],
    ['a rate', spoilt({ branchSelf: [0.1, NaN] }), 'series[0].branchSelf must be two numbers'],
    ['a decay', spoilt({ decaysPerSecond: [1, 0] }), 'series[0].decaysPerSecond'],
    ['an explosion', spoilt({ branchSelf: [0.5, 0.5] }), 'branching of 1.13'],
    ['no profile', spoilt({ profile: undefined }), 'profile.periodS must be 86400'],
    ['a factor', spoilt({ profile: { periodS: 86_400, factors: [2, 0] } }), '96 positive numbers'],
    [
      'a mean',
      spoilt({ profile: { periodS: 86_400, factors: [2, 1] } }),
      'must average 1, not 1.5',
    ],
    ['an offset', spoilt({ utcOffsetMinutes: 'no' }), 'utcOffsetMinutes must be within 14 hours'],
  ])('%s', (_, value, message) => {
    expect(() => intensitiesOf(value)).toThrow(message)
  })
})
