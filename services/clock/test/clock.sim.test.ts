import fc from 'fast-check'
import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { tickV1, type TickV1 } from '@kwm/contracts'
import { MemoryLog, type Outgoing, type TapeRecord } from '@kwm/runtime'
import { createMetrics } from '../src/metrics.ts'
import { ClockService } from '../src/service.ts'
import type { TickSource } from '@kwm/machines'
import { VirtualClock } from './virtual-clock.ts'

const START_SECOND = 1_795_000_000
const TICK_SUBJECT = 'tape.main.ops.tick.v1.all'

const ticksOf = (log: MemoryLog): TickV1[] =>
  log.records
    .filter(({ subject }) => subject === TICK_SUBJECT)
    .map(({ body }) => tickV1.parse(JSON.parse(body)))
const secondsOf = (log: MemoryLog): number[] => ticksOf(log).map(({ data }) => data.second)

function clockOver(log: MemoryLog, source: TickSource, clock: VirtualClock): ClockService {
  const readLastTick = (): Promise<TapeRecord | undefined> =>
    Promise.resolve(log.records.findLast(({ subject }) => subject === TICK_SUBJECT))
  return new ClockService(source, {
    log,
    readLastTick,
    clock,
    metrics: createMetrics(new Registry()),
  })
}

/** Run it until the condition holds, then stop it as SIGTERM would. */
async function runUntil(service: ClockService, isDone: () => boolean): Promise<void> {
  const stop = new AbortController()
  const done = service.run(stop.signal)
  for (let turn = 0; !isDone(); turn++) {
    expect(turn, 'it never came to that').toBeLessThan(10_000)
    await Promise.race([new Promise((resolve) => setImmediate(resolve)), done])
  }
  stop.abort()
  await done
}

test('wall: one tick a second on the boundary, whatever the timers do', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: -900, max: 400_000 }), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 0, max: 999_999 }),
      async (driftsUs, offsetUs) => {
        const drift = (sleeps: number): number => driftsUs[sleeps % driftsUs.length]!
        const clock = new VirtualClock(START_SECOND * 1_000_000 + offsetUs, drift)
        const log = new MemoryLog('main')
        await runUntil(clockOver(log, 'wall', clock), () => log.records.length >= 20)
        expect(secondsOf(log)).toEqual(log.records.map((_, at) => START_SECOND + at))
      },
    ),
    { numRuns: 30 },
  )
})

test('wall: the bytes depend on the second alone, and two replicas make one tick', async () => {
  const log = new MemoryLog('main')
  const one = clockOver(log, 'wall', new VirtualClock(START_SECOND * 1_000_000 + 5))
  const two = clockOver(log, 'wall', new VirtualClock(START_SECOND * 1_000_000 + 700_000))
  const isDone = (): boolean => log.records.length >= 10
  await Promise.all([runUntil(one, isDone), runUntil(two, isDone)])
  const seconds = secondsOf(log)
  expect(seconds).toEqual(seconds.map((_, at) => START_SECOND + at))
  expect(log.records[0]).toMatchObject({
    id: `clock-${START_SECOND}`,
    subject: TICK_SUBJECT,
    inputSeq: 0,
    body: JSON.stringify({
      type: 'ops.tick.v1',
      id: `clock-${START_SECOND}`,
      causationId: `clock-${START_SECOND}`,
      eventTimeUs: START_SECOND * 1_000_000,
      ingestTimeUs: START_SECOND * 1_000_000,
      data: { second: START_SECOND, source: 'wall' },
    }),
  })
})

test('wall: after a suspend it goes on with now, without a burst', async () => {
  const suspendUs = 3_600_000_000
  const clock = new VirtualClock(START_SECOND * 1_000_000, (sleeps) =>
    sleeps === 3 ? suspendUs : 0,
  )
  const log = new MemoryLog('main')
  await runUntil(clockOver(log, 'wall', clock), () => log.records.length >= 6)
  const gaps = secondsOf(log).slice(0, 6)
  expect(gaps).toEqual([0, 1, 2, 3_603, 3_604, 3_605].map((second) => START_SECOND + second))
})

test('wall: a clock set back makes no tick, and says why it is not ready', async () => {
  const clock = new VirtualClock((START_SECOND - 5) * 1_000_000)
  const log = new MemoryLog('main')
  const earlier = clockOver(log, 'wall', new VirtualClock(START_SECOND * 1_000_000))
  await runUntil(earlier, () => log.records.length > 0)
  const seconds = secondsOf(log)

  const service = clockOver(log, 'wall', clock)
  let reason: true | string = true
  await runUntil(service, () => {
    if (clock.sleeps === 2) reason = service.readiness
    return log.records.length > seconds.length + 1
  })
  expect(reason).toMatch(/ahead of this clock/)
  expect(secondsOf(log)).toEqual(secondsOf(log).toSorted((a, b) => a - b))
  expect(service.readiness).toBe(true)
})

const status = (index: number, eventTimeUs: number): Outgoing => ({
  subject: 'tape.main.ops.feed-status.v1.kalshi',
  id: `feed-${index}`,
  inputSeq: 0,
  body: JSON.stringify({
    type: 'ops.feed-status.v1',
    id: `feed-${index}`,
    causationId: `raw-${index}`,
    eventTimeUs,
    ingestTimeUs: eventTimeUs,
    data: {
      feed: 'kalshi',
      status: 'live',
      reason: '',
      connectionId: 'c1',
      framesIn: 0,
      applied: 0,
      duplicate: 0,
      quarantined: 0,
      rejected: 0,
      isSynthetic: true,
    },
  }),
})

// Method: crash after any number of ticks and start over; the oracle takes the running maximum of
// the feed's seconds and keeps its changes.
test('tape: ticks are the new seconds of the feed, across restarts', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: -2_500_000, max: 4_000_000 }), { minLength: 1, maxLength: 40 }),
      fc.array(fc.nat(40), { maxLength: 3 }),
      async (stepsUs, crashes) => {
        let timeUs = START_SECOND * 1_000_000
        const times = stepsUs.map((stepUs) => (timeUs += stepUs))
        const log = new MemoryLog('main')
        for (const [index, at] of times.entries()) log.appendNow(status(index, at))
        const expected = newSecondsOf(times)

        for (const crash of [...crashes.toSorted((a, b) => a - b), expected.length]) {
          const wanted = Math.min(crash, expected.length)
          const failing = log.append.bind(log)
          log.append = (record) => {
            if (ticksOf(log).length >= wanted && wanted < expected.length) {
              return Promise.reject(new Error('crash'))
            }
            return failing(record)
          }
          const service = clockOver(log, 'tape', new VirtualClock(0))
          await runUntil(service, () => ticksOf(log).length >= wanted).catch((error: Error) =>
            expect(error.message).toBe('crash'),
          )
          log.append = failing
        }
        expect(secondsOf(log)).toEqual(expected)
        for (const tick of log.records.filter(({ subject }) => subject === TICK_SUBJECT)) {
          expect(tickV1.parse(JSON.parse(tick.body)).causationId).toBe(
            log.records[tick.inputSeq - 1]!.id,
          )
        }
      },
    ),
    { numRuns: 60 },
  )
})

function newSecondsOf(timesUs: readonly number[]): number[] {
  const seconds = timesUs.map((timeUs) => Math.floor(timeUs / 1_000_000))
  return seconds.filter((second, at) => second > Math.max(0, ...seconds.slice(0, at)))
}

test('tape: what does not fit its schema moves no clock', async () => {
  const log = new MemoryLog('main')
  log.appendNow(status(1, START_SECOND * 1_000_000))
  log.appendNow({ ...status(2, 0), id: 'bad', body: '{"eventTimeUs":9000000000000000}' })
  log.appendNow({ ...status(3, 0), id: 'worse', body: 'not JSON' })
  log.appendNow(status(4, (START_SECOND + 1) * 1_000_000))
  await runUntil(clockOver(log, 'tape', new VirtualClock(0)), () => ticksOf(log).length >= 2)
  expect(secondsOf(log)).toEqual([START_SECOND, START_SECOND + 1])
})
