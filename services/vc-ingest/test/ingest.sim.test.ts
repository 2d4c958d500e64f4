import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AnyEvent } from '@kwm/contracts'
import { FastClock } from '@kwm/runtime/testing'
import { MemoryBroker } from './memory-broker.ts'
import { impatientSources, startIngest, until, type Rig } from './ingest-rig.ts'
import { START_US, WeatherServer, type Behaviour, type Provider } from './weather-server.ts'

let server: WeatherServer
let broker: MemoryBroker
let rig: Rig | undefined

beforeEach(async () => {
  server = new WeatherServer()
  await server.listen()
  broker = new MemoryBroker()
})
afterEach(async () => {
  await rig?.stop()
  rig = undefined
  server.close()
  if (broker.repeated.length > 0) throw new Error(`published again: ${broker.repeated.join()}`)
})

const firstRound = async (): Promise<void> => until(() => rig!.service.readiness === true)
const factOf = (event: AnyEvent): string => {
  const { data, type } = event
  if (type === 'wx.observation.v1') {
    return `${data.source} ${data.kind} ${data.tempF}${data.revision > 0 ? ` r${data.revision}` : ''}`
  }
  if (type === 'wx.climate-report.v1') return `${data.product} ${data.status} ${data.maxTempF}`
  return `${type} ${'source' in data ? data.source : ''}`
}
const facts = (): string[] => broker.weather().map(factOf).toSorted()
const ALL_FACTS = [
  'CLI final 91',
  'iem max-24h 90',
  'iem max-6h 86',
  'iem whole-c 75.2',
  'nws whole-c 75.2',
  'visual-crossing smooth 75.2',
  'visual-crossing smooth 75.4',
  'wx.ensemble.v1 om:gefs',
  'wx.forecast.v1 nws',
  'wx.forecast.v1 visual-crossing',
]
const total = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((all, one) => all + one, 0)

async function expectConserved(): Promise<void> {
  const outcomes = await rig!.sums('vc_ingest_frames_total', 'outcome')
  expect(Object.keys(outcomes).every((key) => OUTCOMES.includes(key))).toBe(true)
  const received = broker.raw.filter(({ kind }) => kind === 'open').length
  expect(total(outcomes)).toBe(received)
  const quarantined = broker.letters.length
  expect(outcomes['quarantined'] ?? 0).toBe(quarantined)
}
const OUTCOMES = ['applied', 'duplicate', 'quarantined', 'rejected']

describe('a morning at Midway', () => {
  test('every fact is on the tape once, behind the answer that it came from', async () => {
    rig = startIngest(server, broker)
    await firstRound()
    await rig.stop()
    // The weather service and the mesonet have the same report: it is one.
    expect(facts()).toEqual(ALL_FACTS)
    for (const event of broker.weather()) {
      const [cause, self] = [event.causationId, event.id].map((id) => broker.order.indexOf(id))
      expect(cause).toBeGreaterThanOrEqual(0)
      expect(self).toBeGreaterThan(cause!)
      expect(event.ingestTimeUs).toBeGreaterThanOrEqual(START_US)
    }
    await expectConserved()
    const kept = broker.raw.map(({ bytes }) => Buffer.from(bytes).toString()).join('\n')
    expect(kept).not.toContain('hush')
  })

  test('what did not change is not said again, and what did is a revision', async () => {
    rig = startIngest(server, broker, { clock: new FastClock(2_000, START_US) })
    await firstRound()
    const answered = () => server.answered.get('visual-crossing') ?? 0
    const before = answered()
    await until(() => answered() > before + 3)
    expect(facts()).toEqual(ALL_FACTS)
    server.minutesTempF = 76.1
    await until(() => facts().includes('visual-crossing smooth 76.1 r1'))
    const [first, second] = broker
      .weather()
      .filter(
        (event) =>
          factOf(event).startsWith('visual-crossing smooth 7') && event.eventTimeUs % 600e6 > 0,
      )
    expect(second!.eventTimeUs).toBe(first!.eventTimeUs)
    expect(second!.ingestTimeUs).toBeGreaterThan(first!.ingestTimeUs)
    await rig.stop()
    expect(facts()).toHaveLength(ALL_FACTS.length + 1)
    await expectConserved()
  })

  test('without a key it goes on without Visual Crossing', async () => {
    const sources = impatientSources(server, { VISUAL_CROSSING_KEY: '' })
    rig = startIngest(server, broker, { sources })
    await firstRound()
    expect(facts()).toEqual(ALL_FACTS.filter((fact) => !fact.includes('visual-crossing')))
  })
})

describe('a provider that misbehaves', () => {
  const OF: Record<Provider, RegExp> = {
    'visual-crossing': /visual-crossing/,
    'open-meteo': /om:/,
    nws: /nws/,
    iem: /^iem/,
  }
  test.each<[Provider, Behaviour]>([
    ['visual-crossing', 'html'],
    ['visual-crossing', 'forbidden'],
    ['visual-crossing', 'hang'],
    ['open-meteo', 'half'],
    ['open-meteo', 'limited'],
    ['nws', 'down'],
    ['nws', 'half'],
    ['iem', 'html'],
    ['iem', 'half'],
    ['iem', 'down'],
  ])('%s, %s: nothing of it is believed, and all of the others is', async (provider, behaviour) => {
    server.behaviour.set(provider, behaviour)
    rig = startIngest(server, broker)
    await firstRound()
    expect(facts()).toEqual(ALL_FACTS.filter((fact) => !OF[provider].test(fact)))
    await rig.stop()
    await expectConserved()
    const refused = (await rig.sums('vc_ingest_refused_total', 'provider'))[provider] ?? 0
    const unanswered = (await rig.sums('vc_ingest_unanswered_total', 'provider'))[provider] ?? 0
    expect(refused + unanswered).toBeGreaterThan(0)
  })

  test('all at once and each in its own way: the service lives, and recovers with them', async () => {
    const behaviours: [Provider, Behaviour][] = [
      ...[
        ['visual-crossing', 'hang'] as [Provider, Behaviour],
        ['open-meteo', 'half'] as [Provider, Behaviour],
      ],
      ...[['nws', 'html'] as [Provider, Behaviour], ['iem', 'limited'] as [Provider, Behaviour]],
    ]
    for (const [provider, behaviour] of behaviours) server.behaviour.set(provider, behaviour)
    rig = startIngest(server, broker, { clock: new FastClock(2_000, START_US) })
    await firstRound()
    expect(facts()).toEqual([])
    server.behaviour.clear()
    await until(() => facts().length === ALL_FACTS.length)
    expect(facts()).toEqual(ALL_FACTS)
    await rig.stop()
    await expectConserved()
  })

  test('429 for an hour: few requests, the tape says so, and the gap is filled after it', async () => {
    server.behaviour.set('iem', 'limited')
    const clock = new FastClock(1_500, START_US)
    rig = startIngest(server, broker, { clock, watchEveryMs: 60_000 })
    await until(() => clock.nowUs() - START_US > 3_600e6)
    const asked = server.answered.get('iem')!
    expect(asked).toBeLessThan(60)
    server.behaviour.clear()
    await until(() => facts().includes('iem whole-c 75.2'))
    const status = () =>
      broker
        .events()
        .flatMap((event) =>
          event.type === 'ops.feed-status.v1' && event.data.feed === 'vc-ingest.iem'
            ? [event.data.status]
            : [],
        )
    await until(() => status().length > 1)
    expect(status()[0]).toBe('disconnected')
    await rig.stop()
    await expectConserved()
  })
})

describe('a station that falls silent', () => {
  test('is told on the tape, and publishes nothing', async () => {
    server.behaviour.set('nws', 'silent')
    const clock = new FastClock(3_000, START_US)
    rig = startIngest(server, broker, { clock, watchEveryMs: 60_000 })
    await until(() =>
      broker
        .events()
        .some(
          (event) =>
            event.type === 'ops.feed-status.v1' &&
            event.data.feed === 'vc-ingest.nws' &&
            event.data.status === 'stale' &&
            event.data.reason === 'silent: KMDW',
        ),
    )
    expect(facts().filter((fact) => fact.startsWith('nws'))).toEqual([])
    expect((await rig.sums('vc_ingest_silent_stations', 'provider'))['nws']).toBe(1)
  })
})

test('while a provider stays live its counts go on, every five minutes at most', async () => {
  rig = startIngest(server, broker, { clock: new FastClock(3_000, START_US), watchEveryMs: 60_000 })
  const told = () =>
    broker.events().flatMap((event) => {
      const isIem = event.type === 'ops.feed-status.v1' && event.data.feed === 'vc-ingest.iem'
      return isIem ? [{ ...event.data, timeUs: event.eventTimeUs }] : []
    })
  await until(() => told().length > 4)
  const live = told()
  expect(new Set(live.map(({ status }) => status))).toEqual(new Set(['live']))
  for (const [
    k,
    { framesIn, applied, duplicate, quarantined, rejected, timeUs },
  ] of live.entries()) {
    expect(framesIn).toBe(applied + duplicate + quarantined + rejected)
    if (k === 0) continue
    expect(framesIn).toBeGreaterThan(live[k - 1]!.framesIn)
    expect(timeUs - live[k - 1]!.timeUs).toBeGreaterThanOrEqual(300e6)
  }
  await rig.stop()
})

describe('a restart', () => {
  const later = () => new FastClock(100, START_US + 600e6)

  test('publishes nothing again', async () => {
    rig = startIngest(server, broker)
    await firstRound()
    await rig.stop()
    const before = facts()
    rig = startIngest(server, broker, { clock: later() })
    await firstRound()
    expect(facts()).toEqual(before)
  })

  test('without a snapshot reads from the tape what was published', async () => {
    rig = startIngest(server, broker)
    await firstRound()
    await rig.stop()
    await broker.snapshots.save('vc-ingest-main', await emptySnapshot())
    rig = startIngest(server, broker, { clock: later() })
    await firstRound()
    expect(facts()).toEqual(ALL_FACTS)
  })

  const emptySnapshot = async () => {
    const fresh = new MemoryBroker()
    const other = startIngest(server, fresh, { sources: [] })
    await until(() => other.service.readiness !== 'recovering')
    await other.stop()
    return (await fresh.snapshots.load('vc-ingest-main'))!
  }

  // The process dies with an answer in RAW that never reached the tape, and their providers with it.
  test.each([0, 1, 2, 3, 5, 8])(
    'after a crash at fact %d publishes the rest from RAW',
    async (tapeMax) => {
      const crashed = startIngest(server, broker, { tapeMax })
      await until(() => broker.lost > 0)
      void crashed.stop()
      for (const name of ['visual-crossing', 'open-meteo', 'nws', 'iem'] as const) {
        server.behaviour.set(name, 'forbidden')
      }
      const before = facts()
      expect(before).toHaveLength(tapeMax)
      rig = startIngest(server, broker, { clock: later() })
      await firstRound()
      expect(facts()).toEqual(expect.arrayContaining(before))
      expect(new Set(facts()).size).toBe(facts().length)
      // Every whole answer in RAW had its facts published: the one cut short by the crash too.
      expect(facts().length).toBeGreaterThan(tapeMax)
      server.behaviour.clear()
    },
  )
})
