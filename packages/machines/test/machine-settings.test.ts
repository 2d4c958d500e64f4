import { expect, test } from 'vitest'
import { machineConfigsOf, machineServiceSchema } from '../src/index.ts'

const parse = (settings: Readonly<Record<string, string>>) =>
  machineServiceSchema(9_105).safeParse(settings)
const signalsOf = (settings: Readonly<Record<string, string>>) =>
  machineConfigsOf(machineServiceSchema(9_105).parse(settings)).signals

test('leader and follower alone is allocated, until something else is said', () => {
  expect(signalsOf({}).allocated).toEqual(['leader-follower'])
  expect(signalsOf({ SIGNALS_ALLOCATED: 'none' }).allocated).toEqual([])
  const two = signalsOf({ SIGNALS_ALLOCATED: 'migration, market-making' })
  expect(two.allocated).toEqual(['migration', 'market-making'])
})

test('parameters by strategy, before the settings of leader and follower', () => {
  const { params } = signalsOf({
    SIGNALS_PARAMS: '{"migration":{"velocityTMin":4},"leader-follower":{"edgeMinBps":175}}',
    SIGNALS_EDGE_MIN_BPS: '200',
    SIGNALS_COOLDOWN_SECONDS: '1.5',
  })
  expect(params['migration']).toMatchObject({ velocityTMin: 4, horizonSeconds: 60 })
  expect(params['leader-follower']).toMatchObject({ edgeMinBps: 175, cooldownUs: 1_500_000 })
})

test.each([
  [{ SIGNALS_ALLOCATED: 'momentum' }, 'SIGNALS_ALLOCATED', /momentum is no strategy: leader-fo/],
  [{ SIGNALS_PARAMS: '{' }, 'SIGNALS_PARAMS', /JSON is wanted/],
  [{ SIGNALS_PARAMS: '[]' }, 'SIGNALS_PARAMS', /JSON is wanted/],
  [{ SIGNALS_PARAMS: '{"migration":{"speed":1}}' }, 'SIGNALS_PARAMS', /migration: speed is no par/],
  [{ SIGNALS_PARAMS: '{"migration":{"spreadMaxBps":0}}' }, 'SIGNALS_PARAMS', /from 1 to 10000/],
])('%j is refused with its name and what would do', (settings, field, message) => {
  const { error } = parse(settings)
  expect(error?.issues).toMatchObject([{ path: [field] }])
  expect(error?.issues[0]?.message).toMatch(message)
})
