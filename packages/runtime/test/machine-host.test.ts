import { describe, expect, test } from 'vitest'
import {
  DivergedError,
  MachineHost,
  MemoryLog,
  UnparsableRecordError,
  type DeadLetter,
  type HostOptions,
  type Outgoing,
  type Processor,
  type StoredSnapshot,
  type TapeRecord,
} from '../src/index.ts'

const IN = 'tape.t.md.trade.v1.X'
const OUT = 'tape.t.feature.ladder-frame.v1.X'

/** Adds up numbers: to each input it says the sum so far. */
class Adder implements Processor {
  readonly machines = ['adder']
  readonly inputTypes = ['md.trade.v1']
  readonly outputTypes = ['feature.ladder-frame.v1']
  readonly #bias: number
  sum = 0

  constructor(bias = 0) {
    this.#bias = bias
  }

  process({ seq, body }: TapeRecord, outputs: Outgoing[]): void {
    if (!/^\d+$/.test(body)) throw new UnparsableRecordError('body: not a number')
    this.sum += Number(body)
    const said = String(this.sum + this.#bias)
    outputs.push({ subject: OUT, id: `adder-${seq}-0`, inputSeq: seq, body: said })
  }

  snapshot(): string {
    return JSON.stringify({ sum: this.sum })
  }

  restore(state: string): void {
    this.sum = (JSON.parse(state) as { sum: number }).sum
  }
}

/** A tape in memory that can hold back its acknowledgements or refuse to store. */
class SlowLog extends MemoryLog {
  isHolding = false
  refusal: Error | undefined
  readonly #held: (() => void)[] = []

  override append(record: Outgoing) {
    if (this.refusal) return Promise.reject(this.refusal)
    const stored = super.append(record)
    if (!this.isHolding) return stored
    return new Promise<void>((resolve) => this.#held.push(resolve)).then(() => stored)
  }

  release(): void {
    this.isHolding = false
    for (const resolve of this.#held.splice(0)) resolve()
  }
}

class World {
  readonly log: SlowLog
  readonly letters: DeadLetter[] = []
  saved: StoredSnapshot | undefined
  readonly stop = new AbortController()

  constructor(inputs: readonly string[]) {
    this.log = new SlowLog('t')
    for (const body of inputs) this.give(body)
  }

  give(body: string): void {
    const seq = this.log.records.length + 1
    this.log.appendNow({ subject: IN, id: `in-${seq}`, inputSeq: 0, body })
  }

  host(processor: Processor, more: Partial<HostOptions> = {}): MachineHost {
    return new MachineHost({
      service: 'adder',
      processor,
      log: this.log,
      snapshots: {
        load: () => Promise.resolve(this.saved),
        save: (_, snapshot) => Promise.resolve(void (this.saved = snapshot)),
      },
      deadLetters: { append: (letter) => Promise.resolve(void this.letters.push(letter)) },
      clock: { nowUs: () => 0, sleep: () => Promise.resolve() },
      ...more,
    })
  }

  /** Until `condition` holds, then a clean stop. */
  async run(host: MachineHost, condition: () => boolean): Promise<void> {
    const running = host.run(this.stop.signal)
    await Promise.race([running, until(condition)])
    this.stop.abort()
    await running
  }

  get said(): string[] {
    return this.log.records.filter(({ subject }) => subject === OUT).map(({ body }) => body)
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1_000_000 && !condition(); turn++) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(condition()).toBe(true)
}

test('what is on the tape and what comes later is answered once, in order', async () => {
  const world = new World(['1', '2'])
  const host = world.host(new Adder())
  const running = host.run(world.stop.signal)
  await until(() => host.isReady)
  world.give('3')
  await until(() => world.said.length === 3)
  world.stop.abort()
  await running
  expect(world.said).toEqual(['1', '3', '6'])
  expect(host.isReady).toBe(false)
})

test('what cannot be parsed goes to the dead letters with its bytes and the reason; the rest goes on', async () => {
  const world = new World(['1', 'one', '2'])
  await world.run(world.host(new Adder()), () => world.said.length === 2)
  expect(world.said).toEqual(['1', '3'])
  expect(world.letters).toEqual([
    { service: 'adder', reason: 'body: not a number', subject: IN, id: 'in-2', body: 'one' },
  ])
})

test('a bug is a crash, not a dead letter', async () => {
  const world = new World(['1'])
  const buggy = new Adder()
  buggy.process = () => {
    throw new TypeError('undefined is not a function')
  }
  await expect(world.host(buggy).run(world.stop.signal)).rejects.toThrow(TypeError)
  expect(world.letters).toEqual([])
})

describe('after a crash', () => {
  test('only what is missing is said, from the snapshot on', async () => {
    const world = new World(['1', '2', '3'])
    world.log.appendNow({ subject: OUT, id: 'adder-1-0', inputSeq: 1, body: '1' })
    world.log.appendNow({ subject: OUT, id: 'adder-2-0', inputSeq: 2, body: '3' })
    world.saved = { v: 1, tapeSeq: 1, state: '{"sum":1}' }
    const seen: string[] = []
    const adder = new Adder()
    const process = adder.process.bind(adder)
    adder.process = (record, outputs) => (seen.push(record.body), process(record, outputs))
    await world.run(world.host(adder), () => world.said.length === 3)
    expect(seen, 'what the snapshot holds is not stepped again').toEqual(['2', '3'])
    expect(world.said).toEqual(['1', '3', '6'])
  })

  test('a machine that now says something else stops, and names both', async () => {
    const world = new World(['1', '2'])
    world.log.appendNow({ subject: OUT, id: 'adder-1-0', inputSeq: 1, body: '1' })
    const run = world.host(new Adder(7)).run(world.stop.signal)
    await expect(run).rejects.toThrow(DivergedError)
    await expect(run).rejects.toThrow(/adder-1-0/)
  })
})

describe('snapshots', () => {
  test('one is stored only when all it rests on is acknowledged', async () => {
    const world = new World([])
    const host = world.host(new Adder(), { snapshotEveryRecords: 2 })
    const running = host.run(world.stop.signal)
    await until(() => host.isReady)
    world.log.isHolding = true
    for (const body of ['1', '2', '3', '4']) world.give(body)
    await until(() => world.said.length === 4)
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(world.saved).toBeUndefined()
    world.log.release()
    await until(() => world.saved !== undefined)
    world.stop.abort()
    await running
    expect(world.saved).toEqual({ v: 1, tapeSeq: host.throughSeq, state: '{"sum":10}' })
  })

  test('an append that fails fails the run, and stores no snapshot over the hole', async () => {
    const world = new World(['1', '2'])
    world.log.refusal = new Error('disk full')
    await expect(world.host(new Adder()).run(world.stop.signal)).rejects.toThrow('disk full')
    expect(world.saved).toBeUndefined()
  })
})
