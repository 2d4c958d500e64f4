import type { DataOf } from '@kwm/contracts'
import { defaultMachineConfigs } from '@kwm/machines'
import { expect, test } from 'vitest'
import { runParams } from '../src/tape/run-params.ts'

const start = (config: Record<string, unknown>): DataOf<'ops.service-started.v1'> => ({
  service: 'any',
  machines: [],
  config,
  version: '1',
  resumedFromSeq: 0,
})

const plain = (value: unknown): Record<string, unknown> =>
  JSON.parse(JSON.stringify(value)) as Record<string, unknown>

const originsOf = (config: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(runParams([start(config)]).map(({ name, origin }) => [name, origin]))

test('a run of defaults alone is all default, and has every number of the configuration', () => {
  const params = runParams([start(plain(defaultMachineConfigs))])
  expect(new Set(params.map(({ origin }) => origin))).toEqual(new Set(['default']))
  expect(params).toContainEqual({
    ...{ machine: 'pmf-model', name: 'noise.shift', origin: 'default' },
    value: defaultMachineConfigs['pmf-model'].noise.shift,
  })
  expect(params).toContainEqual({
    ...{ machine: 'signals', name: 'allocated', origin: 'default' },
    value: defaultMachineConfigs.signals.allocated,
  })
})

test('what a person changed is set, what stands beside it stays default', () => {
  const risk = { ...defaultMachineConfigs.risk, openOrdersMax: 3 }
  const origins = originsOf({ risk: plain(risk) })
  expect(origins['openOrdersMax']).toBe('set')
  delete origins['openOrdersMax']
  expect(new Set(Object.values(origins))).toEqual(new Set(['default']))
  expect(originsOf({ signals: { ...defaultMachineConfigs.signals, allocated: [] } })).toMatchObject(
    { allocated: 'set' },
  )
})

test('what an artefact brought is fitted, and told by its version; its prior is not', () => {
  const fitted = { version: 'knyc-2026-11', provenance: 'fitted', biasF: [1, 2] }
  const prior = { version: 'prior-1', provenance: 'default', phi: 0.97 }
  const params = runParams([
    start({
      'weather-model': {
        ...defaultMachineConfigs['weather-model'],
        residualModels: { KNYC: fitted, KMIA: prior },
      },
      forecast: {
        ...defaultMachineConfigs.forecast,
        artefacts: [{ modelVersion: 'ridge-10s-7', residualSd: 2 }],
      },
    }),
  ]).filter(({ name }) => /^(residualModels|artefacts)/.test(name))
  expect(params).toEqual([
    {
      ...{ machine: 'weather-model', name: 'residualModels.KNYC', origin: 'fitted' },
      value: 'knyc-2026-11',
    },
    {
      ...{ machine: 'weather-model', name: 'residualModels.KMIA', origin: 'default' },
      value: 'prior-1',
    },
    { machine: 'forecast', name: 'artefacts.0', origin: 'fitted', value: 'ridge-10s-7' },
  ])
})

test('the last start of a machine counts; no start, no word', () => {
  const risk = (openOrdersMax: number) =>
    start({ risk: { ...defaultMachineConfigs.risk, openOrdersMax } })
  const values = runParams([risk(3), risk(5)]).filter(({ name }) => name === 'openOrdersMax')
  expect(values.map(({ value }) => value)).toEqual([5])
  expect(runParams([])).toEqual([])
})
