import { getEventListeners } from 'node:events'
import { MemoryLog, type Outgoing } from '@kwm/runtime'
import { wallTick } from '@kwm/machines'
import { expect, test } from 'vitest'
import { TapeTime } from '../src/tape-time.ts'

const settled = async (promise: Promise<unknown>): Promise<boolean> => {
  const pending = Symbol('pending')
  const turn = new Promise((resolve) => setImmediate(() => resolve(pending)))
  return (await Promise.race([promise, turn])) !== pending
}

test('sleepers wake when the tape has come so far, in any order, and on abort', async () => {
  const time = new TapeTime()
  time.advance(1_000_000)
  const stop = new AbortController()
  const [short, long, never] = [time.sleep(1_000), time.sleep(5_000), time.sleep(1e9, stop.signal)]
  time.advance(1_999_999)
  expect(await settled(short)).toBe(false)
  time.advance(2_000_000)
  expect(await settled(short)).toBe(true)
  expect(await settled(long)).toBe(false)
  time.advance(99_000_000)
  expect(await settled(long)).toBe(true)
  expect(await settled(never)).toBe(false)
  stop.abort()
  expect(await settled(never)).toBe(true)
})

test('time does not go back, and an aborted sleeper does not sleep', async () => {
  const time = new TapeTime()
  time.advance(5_000_000)
  time.advance(3_000_000)
  expect(time.nowUs()).toBe(5_000_000)
  expect(await settled(time.sleep(1, AbortSignal.abort()))).toBe(true)
})

test('it follows the ticks of the tape, and begins with the first', async () => {
  const log = new MemoryLog('main')
  const time = new TapeTime()
  const stop = new AbortController()
  const begun = time.begun(stop.signal)
  expect(await settled(begun)).toBe(false)
  const tick = (second: number): Outgoing => wallTick('main', second)
  for (const second of [1_700_000_000, 1_700_000_001]) log.appendNow(tick(second))
  const following = time.follow(log, 1, stop.signal)
  await begun
  expect(time.nowUs()).toBe(1_700_000_001_000_000)
  stop.abort()
  await following
})

test('a sleeper is woken once, and nobody listens to its signal after', async () => {
  const time = new TapeTime()
  const stop = new AbortController()
  let removed = 0
  const remove = stop.signal.removeEventListener.bind(stop.signal)
  stop.signal.removeEventListener = (...args: Parameters<typeof remove>): void => {
    removed++
    remove(...args)
  }
  const sleeping = time.sleep(1, stop.signal)
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1)
  for (const atUs of [1_000, 2_000, 3_000]) time.advance(atUs)
  await sleeping
  expect({ removed, listeners: getEventListeners(stop.signal, 'abort').length }).toEqual({
    removed: 1,
    listeners: 0,
  })
})

test('no time is slept at once, and where time has begun nobody waits for its beginning', async () => {
  const time = new TapeTime()
  expect(await settled(time.sleep(0))).toBe(true)
  time.advance(1_000_000)
  expect(await settled(time.begun(new AbortController().signal))).toBe(true)
})

test('it follows from where it is told, and nothing but ticks', async () => {
  const log = new MemoryLog('main')
  log.appendNow(wallTick('main', 1_700_000_000))
  const note = wallTick('main', 1_700_000_900)
  const subject = note.subject.replace('tick', 'feed-status')
  expect(subject).not.toBe(note.subject)
  const time = new TapeTime()
  const stop = new AbortController()
  const following = time.follow(log, 2, stop.signal)
  const begun = time.begun(stop.signal)
  expect(await settled(begun)).toBe(false)
  log.appendNow({ ...note, subject })
  expect(await settled(begun)).toBe(false)
  log.appendNow(wallTick('main', 1_700_000_001))
  await begun
  expect(time.nowUs()).toBe(1_700_000_001_000_000)
  stop.abort()
  await following
})
