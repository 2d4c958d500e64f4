import { makerOf, type MachineName } from '@kwm/contracts'
import { ALL_MACHINES, Platform, replay } from '@kwm/backtest'
import { eagerConfigs, randomMarket } from '@kwm/backtest/testing'
import { buildProcessor } from '@kwm/machines'
import { MachineHost, MemorySnapshotStore, type DeadLetterLog, type TapeRecord } from '@kwm/runtime'
import { SimBus, type SimConnection } from '@kwm/sim'
import { Prng } from '@kwm/std'
import { expect, test } from 'vitest'

const SHARD = 'test'
const SEEDS = 1_000
/** `make properties` takes other seeds than `make test`. */
const FIRST_SEED = SEEDS * Number(process.env['KWM_SEED'] ?? 0)
const GROUPS: readonly (readonly MachineName[])[] = [
  ...ALL_MACHINES.map((name) => [name]),
  ['exec', 'paper-venue'],
  ['features', 'pmf-model', 'signals'],
]

/** Tapes with everything on them, made once; each seed takes its service's outputs off one of them. */
const tapes = [0, 1, 2, 3].map((seed) => {
  const platform = new Platform(SHARD, eagerConfigs)
  for (const event of randomMarket(seed + 100, 60)) platform.push(event)
  return platform.tape.records
})

/**
 * Goal: whatever dies when, the tape holds what an undisturbed machine says to its inputs: all of
 * it, once, in order, to the byte. Method: the real host on a simulated network, killed at arbitrary
 * points, acknowledgements late and lost; then the tape is replayed from its beginning.
 */
test(`a machine killed anywhere leaves a complete tape (${SEEDS} seeds)`, async () => {
  let kills = 0
  let lost = 0
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    const life = new Life(seed)
    await life.run()
    kills += life.kills
    lost += life.lostAcks
    const { records } = life.bus
    const said = records.filter((record) => life.isOwn(record))
    const wanted = replay(buildProcessor(life.group, eagerConfigs, SHARD), records)
    const at = wanted.findIndex(
      (output, i) => said[i]?.id !== output.id || said[i]?.body !== output.body,
    )
    expect(at, `seed ${seed} (${life.group.join(' ')}): output ${at} of ${wanted.length}`).toBe(-1)
    expect(said.length, `seed ${seed} (${life.group.join(' ')})`).toBe(wanted.length)
    expect(wanted.length).toBeGreaterThan(0)
  }
  expect(kills).toBeGreaterThan(SEEDS)
  expect(lost).toBeGreaterThan(SEEDS / 20)
}, 300_000)

class Life {
  readonly group: readonly MachineName[]
  readonly bus: SimBus
  readonly #prng: Prng
  readonly #snapshots = new MemorySnapshotStore()
  readonly #outside: readonly TapeRecord[]
  #fed = 0
  kills = 0
  lostAcks = 0

  constructor(seed: number) {
    this.#prng = new Prng(seed)
    this.group = GROUPS[seed % GROUPS.length]!
    const tape = tapes[seed % tapes.length]!
    this.#outside = tape.filter((record) => !this.isOwn(record))
    // No dedupe window: the recovery rule alone must do.
    const faults = { ackLoss: seed % 3 === 0 ? 0.01 : 0, batchMax: 12, dedupes: false }
    this.bus = new SimBus(SHARD, this.#prng, faults)
  }

  isOwn({ id }: { readonly id: string }): boolean {
    return this.group.includes(makerOf(id) as MachineName)
  }

  /** Until everything from outside is on the tape and a last incarnation has caught up. */
  async run(): Promise<void> {
    for (;;) {
      const isLast = this.#fed === this.#outside.length && this.kills > 0
      const ended = await this.#incarnation(isLast ? Infinity : 5 + this.#prng.nextInt(250))
      if (isLast && ended === 'drained') return
      this.kills++
    }
  }

  async #incarnation(stepsMax: number): Promise<'drained' | 'killed'> {
    const connection = this.bus.connect()
    const host = this.#host(connection)
    const stop = new AbortController()
    const end = { isOver: false, hasFailed: false }
    const running = host.run(stop.signal).then(
      () => (end.isOver = true),
      () => (end.isOver = end.hasFailed = true),
    )
    for (let step = 0; step < stepsMax && !end.isOver; step++) {
      if (this.#fed < this.#outside.length && this.#prng.nextFloat() < 0.3) this.#feed()
      const happened = this.bus.step()
      await settle()
      const isIdle = !happened && this.#fed === this.#outside.length && host.isReady
      if (stepsMax === Infinity && isIdle) stop.abort()
    }
    if (end.hasFailed) this.lostAcks++
    this.bus.kill(connection)
    const isDrained = end.isOver && !end.hasFailed
    if (isDrained) await running
    return isDrained ? 'drained' : 'killed'
  }

  #feed(): void {
    const { subject, id, body } = this.#outside[this.#fed++]!
    this.bus.store({ subject, id, inputSeq: 0, body })
  }

  #host(log: SimConnection): MachineHost {
    return new MachineHost({
      service: 'machine',
      processor: buildProcessor(this.group, eagerConfigs, SHARD),
      log,
      snapshots: this.#snapshots,
      deadLetters: NO_LETTERS,
      clock: { nowUs: () => 0, sleep: () => Promise.resolve() },
      snapshotEveryRecords: 20 + this.#prng.nextInt(80),
    })
  }
}

const NO_LETTERS: DeadLetterLog = {
  append: ({ reason }) => Promise.reject(new Error(`nothing here is unparsable: ${reason}`)),
}

/** Every promise that can go on has gone on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
