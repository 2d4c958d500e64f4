import { Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { PageUpdate } from '../src/http/page-update.ts'
import { UpdateHub, type Cursor } from '../src/http/update-hub.ts'
import { createMetrics } from '../src/metrics.ts'
import { Day } from './day.ts'
import { startGateway } from './gateway.ts'

describe('the stream', () => {
  test('begins with everything, then tells what changed', async () => {
    const day = new Day({
      seed: 5,
      hours: 2,
      stepSeconds: 60,
      isFinished: false,
      isSynthetic: true,
    })
    const gateway = await startGateway({ log: day.tape.log })
    await gateway.settle()
    const response = await fetch(`${await gateway.listen()}/api/stream`)
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const updates = updatesOf(response)
    const full = await next(updates)
    expect(full.kind).toBe('full')
    expect(full.status.tapeSeq).toBe(day.tape.log.records.length)
    expect(full.events).toHaveLength(3)

    day.step(1)
    let last = await next(updates)
    while (last.status.tapeSeq < day.tape.log.records.length) last = await next(updates)
    expect(last.kind).toBe('diff')
    expect(last.startedServices).toHaveLength(0)
    expect(last.points.every(({ points }) => points.length <= 2)).toBe(true)
    await gateway.close()
  })

  test('a page that joins twice gets the full state twice', async () => {
    const gateway = await startGateway({
      log: new Day({ seed: 5, hours: 1, stepSeconds: 600, isFinished: false, isSynthetic: false })
        .tape.log,
    })
    await gateway.settle()
    const base = await gateway.listen()
    for (let round = 0; round < 2; round++) {
      const abort = new AbortController()
      const response = await fetch(`${base}/api/stream`, { signal: abort.signal })
      expect((await next(updatesOf(response))).kind).toBe('full')
      abort.abort()
    }
    await gateway.close()
  })
})

describe('the hub', () => {
  let now: Cursor
  let asked: number[]
  let hub: UpdateHub
  beforeEach(() => {
    vi.useFakeTimers()
    now = { seq: 1, health: 0, epoch: 0 }
    asked = []
    const updateSince = ({ seq }: Cursor): string => {
      asked.push(seq)
      return `from ${seq}`
    }
    hub = new UpdateHub({ cursor: () => now, updateSince }, createMetrics(new Registry()))
  })
  afterEach(() => {
    hub.close()
    vi.useRealTimers()
  })

  function page(accepts = true) {
    const written: string[] = []
    let drain = (): void => {}
    const state = { written, accepts, isDestroyed: false, drain: () => drain() }
    const leave = hub.add({
      write: (text) => {
        written.push(text)
        return state.accepts
      },
      onDrain: (listener) => (drain = listener),
      destroy: () => (state.isDestroyed = true),
    })
    return { ...state, state, leave }
  }
  const advance = (seq: number): void => {
    now = { ...now, seq }
    hub.notify()
  }

  test('at most ten updates a second, whatever happens', () => {
    const { written } = page()
    for (let seq = 2; seq <= 1_001; seq++) {
      advance(seq)
      vi.advanceTimersByTime(1)
    }
    expect(written.length).toBeLessThanOrEqual(1 + 11)
    expect(written.at(-1)).toMatch(/^data: from \d+\n\n$/)
  })

  test('nothing is queued for a page that does not read; one update then covers all', () => {
    const slow = page()
    vi.advanceTimersByTime(200)
    slow.state.accepts = false
    advance(2)
    vi.advanceTimersByTime(200)
    const before = slow.written.length
    for (let seq = 3; seq <= 50; seq++) {
      advance(seq)
      vi.advanceTimersByTime(150)
    }
    expect(slow.written.length).toBe(before)
    slow.state.accepts = true
    slow.drain()
    vi.advanceTimersByTime(200)
    expect(slow.written.length).toBe(before + 1)
    expect(slow.written.at(-1)).toBe('data: from 2\n\n')
  })

  test('a page that never reads is dropped', () => {
    const dead = page(false)
    vi.advanceTimersByTime(60_000)
    expect(dead.state.isDestroyed).toBe(true)
  })

  test('pages that are equally far share one update, and forgetting starts over', () => {
    page()
    page()
    vi.advanceTimersByTime(200)
    expect(asked).toEqual([0])
    advance(9)
    vi.advanceTimersByTime(200)
    expect(asked).toEqual([0, 1])
    now = { ...now, seq: 10, epoch: 1 }
    hub.notify()
    vi.advanceTimersByTime(200)
    expect(asked).toEqual([0, 1, 0])
  })

  test('there is a last page', () => {
    for (let n = 0; n < 32; n++) page()
    expect(hub.isFull).toBe(true)
  })
})

async function* updatesOf(response: Response): AsyncGenerator<PageUpdate> {
  let text = ''
  for await (const bytes of response.body!.pipeThrough(new TextDecoderStream())) {
    text += bytes
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const message = text.slice(0, end)
      text = text.slice(end + 2)
      if (message.startsWith('data: ')) yield JSON.parse(message.slice(6)) as PageUpdate
    }
  }
}

async function next(updates: AsyncGenerator<PageUpdate>): Promise<PageUpdate> {
  const { value, done } = await updates.next()
  if (done) throw new Error('the stream ended')
  return value
}
