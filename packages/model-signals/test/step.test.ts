import type { DataOf } from '@kwm/contracts'
import { defaultPmfConfig, pmfMachine, type PmfInput } from '@kwm/model-pmf'
import { describe, expect, test } from 'vitest'
import { defaultSignalsConfig, signalsConfig, signalsMachine, strategies } from '../src/index.ts'
import {
  Desk,
  frameOf,
  intents,
  LEADER,
  listing,
  NOW_US,
  opportunities,
  TICKERS,
  type Pmf,
  type Row,
} from './desk.ts'

const NAMES = strategies.map(({ name }) => name)
const moving = (more: Row = {}, follower: Row = {}): Row[] => [{ ...LEADER, ...more }, follower]

describe('leader and follower in the machine: every no has its reason', () => {
  test.each<[string, string, Row[], Pmf, boolean]>([
    ['no PMF fits', 'pmf-feasible', moving(), { isFeasible: false }, true],
    ['brackets that do not exclude each other', 'exclusive-brackets', moving(), {}, false],
    ['nobody moves', 'leader-velocity', [], {}, true],
    ['who moves is not active', 'leader-velocity', moving({ isActive: false }), {}, true],
    ['it slows down', 'leader-acceleration', moving({ acceleration: -0.001 }), {}, true],
    ['all move alike', 'relative-acceleration', moving({ rasZ: 0.5 }), {}, true],
    ['no neighbour is quoted', 'follower', moving({}, { quoteState: 'ask-only' }), {}, true],
    ['the neighbour’s spread is wide', 'follower-spread', moving({}, { askBps: 4_700 }), {}, true],
    ['the neighbour has moved already', 'follower-lag', moving({}, { velocity: -0.01 }), {}, true],
    ['the edge is too small', 'edge', moving({}, { bidBps: 3_600, askBps: 3_800 }), {}, true],
  ])('%s: %s', (_, reason, rows, pmf, isPartition) => {
    expect(new Desk().reason({ rows, pmf, frame: { isPartition } })).toBe(reason)
  })

  test('a market whose rules are not understood is not quoted', () => {
    const desk = new Desk()
    desk.list(TICKERS[1]!, { isTradable: false, untradableReason: 'rules' })
    expect(desk.reason({ rows: moving() })).toBe('quotable')
  })

  test('what the leader gains the follower loses: NO is bid there, a tick better, post-only', () => {
    const said = new Desk().say({ rows: moving() })
    expect(opportunities(said)[0]).toMatchObject({
      ...{ strategy: 'leader-follower', decision: 'trade' },
      ...{ leaderTicker: TICKERS[0], followerTicker: TICKERS[1] },
    })
    // 0.002 × 20 s × 0.8 = 3.2 ¢ to go from 40 ¢; NO stands at 56 ¢ and is bid 57 ¢.
    expect(intents(said)).toMatchObject([
      { marketTicker: TICKERS[1], side: 'no', priceBps: 5_700, isPostOnly: true },
    ])
  })

  test('then it waits, by the time of the events', () => {
    const desk = new Desk()
    const cooldownUs = defaultSignalsConfig.params['leader-follower']!['cooldownUs']!
    const reason = (timeUs: number) => desk.reason({ rows: moving() }, 'leader-follower', timeUs)
    expect(reason(NOW_US)).toBe('trade')
    expect(reason(NOW_US + cooldownUs - 1)).toBe('cooldown')
    expect(reason(NOW_US + cooldownUs)).toBe('trade')
  })
})

describe('shadow', () => {
  test('every strategy is heard on every PMF', () => {
    const said = opportunities(new Desk().say({ rows: moving() }))
    expect(said.map(({ strategy }) => strategy).toSorted()).toEqual(NAMES.toSorted())
  })

  test('those that say no share a record; who is allocated, or would trade, has one of its own', () => {
    const types = (allocated: readonly string[]) => {
      const said = new Desk({ ...defaultSignalsConfig, allocated }).say({ rows: moving() })
      return said.map(({ type, data }) =>
        type === 'signal.opportunity.v1' ? `${data.strategy} ${data.decision}` : type,
      )
    }
    const shadow = types([])
    expect(shadow).toContain('leader-follower trade')
    expect(shadow.filter((one) => one.endsWith('no-trade'))).toEqual([])
    expect(shadow.filter((one) => one === 'signal.shadow-evaluations.v1')).toHaveLength(1)
    expect(types(NAMES)).not.toContain('signal.shadow-evaluations.v1')
    for (const name of NAMES) {
      expect(types([name]).filter((one) => one.startsWith(`${name} `))).toHaveLength(1)
    }
  })

  test('only what is allocated sends orders; the others say what they wanted', () => {
    const shadow = new Desk({ ...defaultSignalsConfig, allocated: [] })
    const said = shadow.say({ rows: moving() })
    expect(intents(said)).toEqual([])
    const [first] = opportunities(said)
    expect(first).toMatchObject({
      ...{ decision: 'trade', isAllocated: false },
      wanted: [{ marketTicker: TICKERS[1], side: 'no', priceBps: 5_700, countCenti: 1_000 }],
    })
    const live = opportunities(new Desk().say({ rows: moving() }))
    const allocated = live.filter(({ isAllocated }) => isAllocated)
    expect(allocated.map(({ strategy }) => strategy)).toEqual(['leader-follower'])
  })

  test('in shadow a strategy waits as if its order had been sent', () => {
    const shadow = new Desk({ ...defaultSignalsConfig, allocated: [] })
    expect(shadow.reason({ rows: moving() })).toBe('trade')
    expect(shadow.reason({ rows: moving() })).toBe('cooldown')
  })

  test('inputs are logged by name, what is missing as null', () => {
    const rows = moving({ acceleration: null })
    const [said] = opportunities(new Desk().say({ rows, event: { hazard15min: 0.125 } }))
    expect(said!.inputs).toMatchObject({
      'event.hazard15min': 0.125,
      'leader.velocity': 0.002,
      'leader.acceleration': null,
      'leader.isActive': 1,
      'leader.quoteState': 1,
    })
  })
})

test('a PMF is judged beside the frame it was made of, also when a newer one has overtaken it', () => {
  const [inStep, overtaken] = [new Desk(), new Desk()]
  inStep.frame('1', { rows: moving() })
  const expected = [inStep.pmf('1')]
  inStep.frame('2', {})
  expected.push(inStep.pmf('2'))
  overtaken.frame('1', { rows: moving() })
  overtaken.frame('2', {})
  expect([overtaken.pmf('1'), overtaken.pmf('2')]).toEqual(expected)
  expect(overtaken.pmf('1'), 'a frame is judged once').toEqual([])
})

test('what pmf-model finds on a frame is what coherence takes, and nothing where it finds nothing', () => {
  const config = signalsConfig({ allocated: ['coherence'] })
  const desk = new Desk(config.ok ? config.config : undefined)
  const pmf = pmfMachine.initial(defaultPmfConfig)
  const heard = <T extends PmfInput['type']>(type: T, id: string, data: DataOf<T>) => {
    const times = { eventTimeUs: NOW_US, ingestTimeUs: NOW_US }
    return pmfMachine.step(pmf, { type, id, causationId: 'x', ...times, data } as never)
  }
  const strikes = [
    { strikeType: 'less', floorStrike: null, capStrike: 40 },
    { strikeType: 'between', floorStrike: 40, capStrike: 41 },
    { strikeType: 'greater', floorStrike: 41, capStrike: null },
  ]
  for (const [k, ticker] of TICKERS.entries()) {
    heard('md.market-listed.v1', `list-${k}`, { ...listing(ticker), ...strikes[k] })
  }
  const takes = (id: string, bidBps: number, askBps: number) => {
    const scene = { rows: TICKERS.map(() => ({ bidBps, askBps, mid: (bidBps + askBps) / 2e4 })) }
    desk.frame(id, scene)
    const [fused] = heard('feature.ladder-frame.v1', id, frameOf(scene))
    return intents(desk.pmf(id, fused!.data as Pmf))
  }
  expect(takes('fair', 3_100, 3_500)).toEqual([])
  const legs = takes('cheap', 2_600, 3_000)
  expect(legs.map(({ marketTicker }) => marketTicker).toSorted()).toEqual(TICKERS.toSorted())
  for (const leg of legs) expect(leg).toMatchObject({ side: 'yes', priceBps: 3_000 })
})

test('a position is known while it is held, and it moves the quotes', () => {
  const config = signalsConfig({ allocated: ['market-making'] })
  const desk = new Desk(config.ok ? config.config : undefined)
  const position: DataOf<'exec.position.v1'> = {
    ...{ eventTicker: 'E', marketTicker: TICKERS[1]!, positionCenti: 10_000 },
    ...{ costMicros: 40_000_000, feesMicros: 0, realizedPnlMicros: 0 },
  }
  const bids = () => intents(desk.say({})).map(({ side, priceBps }) => [side, priceBps])
  desk.step('exec.position.v1', 'p1', position)
  expect(desk.state.holdings.size).toBe(1)
  const long = bids()
  desk.step('exec.position.v1', 'p2', { ...position, positionCenti: 0, costMicros: 0 })
  expect(desk.state.holdings.size).toBe(0)
  desk.state.intentUs.clear()
  expect(bids()).not.toEqual(long)
})

test('a snapshot anywhere changes nothing that is said afterwards', () => {
  const scenes = [{}, { rows: moving() }, { rows: moving(), event: null }, {}, { rows: moving() }]
  const straight = new Desk()
  const wanted = scenes.map((scene, n) => straight.say(scene, NOW_US + n * 20e6))
  for (let cut = 0; cut <= scenes.length; cut++) {
    const desk = new Desk()
    const said = scenes.map((scene, n) => {
      if (n === cut) {
        const saved = JSON.parse(JSON.stringify(signalsMachine.snapshot(desk.state))) as never
        desk.state = signalsMachine.restore(defaultSignalsConfig, saved)
      }
      return desk.say(scene, NOW_US + n * 20e6)
    })
    expect(said).toEqual(wanted)
  }
})

test('after its close an event is forgotten, and not traded', () => {
  const desk = new Desk()
  expect(desk.reason({ rows: moving() })).toBe('trade')
  const after = NOW_US + 4e9
  expect(desk.reason({ rows: moving() }, 'leader-follower', after)).toBe('quotable')
  expect(desk.state.terms.size).toBe(0)
  for (const times of desk.state.intentUs.values()) expect(times.size).toBe(0)
})

test('configuration is refused with the strategy, the parameter and what would do', () => {
  const fault = (given: Parameters<typeof signalsConfig>[0]) => {
    const result = signalsConfig(given)
    return result.ok ? 'taken' : result.fault
  }
  expect(fault({ allocated: ['momentum'] })).toMatch(/momentum is no strategy: leader-follower, /)
  expect(fault({ params: { momentum: {} } })).toMatch(/momentum is no strategy/)
  expect(fault({ params: { migration: { speed: 1 } } })).toMatch(/migration: speed is no parameter/)
  expect(fault({ params: { migration: { spreadMaxBps: 0 } } })).toMatch(
    /migration: spreadMaxBps .* is a number from 1 to 10000/,
  )
  expect(fault({ params: { migration: { orderCenti: 1.5 } } })).toMatch(
    /orderCenti .* whole number/,
  )
  expect(fault({ params: { migration: { orderCenti: '5' } } })).toMatch(/orderCenti/)
  expect(fault({ params: { migration: [] } })).toMatch(/an object/)
  expect(fault({ allocated: [], params: { migration: { horizonSeconds: 30 } } })).toBe('taken')
})
