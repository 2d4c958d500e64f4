import { expect, test } from 'vitest'
import { calibrationOf } from '../src/index.ts'

const entry = { series: 'KXHIGHNY', leadHours: 6, map: { kind: 'platt', a: 1.1, b: 0 } }
const artefact = { format: 'kwm-calibration', v: 1, version: 'c-7', entries: [entry] }

test('an artefact gives its version and maps, and drops how they were found', () => {
  const found = { ...entry, method: 'platt', testDays: 30, scores: [], fittedThrough: '2026-11-20' }
  const none = { ...found, leadHours: 1, map: { kind: 'none' } }
  expect(calibrationOf({ ...artefact, entries: [found, none] })).toEqual({
    version: 'c-7',
    maps: [entry, { ...entry, leadHours: 1, map: { kind: 'none' } }],
  })
})

const knots = (x: unknown[], fitted: unknown[]) => ({ kind: 'isotonic', x, fitted, isLinear: true })

test.each<[string, unknown]>([
  ['file must be an object', null],
  ['format must be kwm-calibration', { ...artefact, v: 2 }],
  ['version must be 1 to 64', { ...artefact, version: '' }],
  ['entries must be a list', { ...artefact, entries: [] }],
  ['entries hold one series and lead twice', { ...artefact, entries: [entry, entry] }],
  [
    'entries are longer than',
    { ...artefact, entries: [{ ...entry, series: 'x'.repeat(300_000) }] },
  ],
  ['entries[0] must be an object', { ...artefact, entries: [7] }],
  ...(
    [
      ['series must be', { series: '' }],
      ['leadHours must be', { leadHours: 200 }],
      ['map must be an object', { map: null }],
      ['map.kind must be one of none, platt', { map: { kind: 'spline' } }],
      ['map: Platt a 1, b undefined', { map: { kind: 'platt', a: 1 } }],
      ['map: Platt slope below 0', { map: { kind: 'platt', a: -1, b: 0 } }],
      ['map: 1 / T 0', { map: { kind: 'temperature', inverseT: 0 } }],
      ['map: knot 1 falls', { map: knots([0, 1], [0.9, 0.1]) }],
      ['map: isotonic values must be 0 to 1', { map: knots([0, 1], [0, 1.1]) }],
    ] as const
  ).map(([text, change]): [string, unknown] => [
    `entries[0].${text}`,
    { ...artefact, entries: [{ ...entry, ...change }] },
  ]),
])('refused: %s', (text, wrong) => {
  expect(() => calibrationOf(wrong)).toThrow(`calibration artefact: ${text}`)
})
