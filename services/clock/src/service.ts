import { eventSchemas, eventTypeOf, isEventType } from '@kwm/contracts'
import type { Clock, EventLog, Outgoing, TapeRecord } from '@kwm/runtime'
import type { Metrics } from './metrics.ts'
import {
  secondToTick,
  tapeTick,
  tickSecond,
  timeBearingTypes,
  wallTick,
  type TickSource,
} from '@kwm/machines'

export type ClockPorts = {
  readonly log: EventLog
  readonly readLastTick: () => Promise<TapeRecord | undefined>
  readonly clock: Clock
  readonly metrics: Metrics
}

/** Puts the passing of time on the tape. Its only state is the last tick there. */
export class ClockService {
  readonly #ports: ClockPorts
  readonly #source: TickSource
  #lastSecond = 0
  #readiness: true | string = 'no tick yet'

  constructor(source: TickSource, ports: ClockPorts) {
    this.#source = source
    this.#ports = ports
  }

  /** Or the reason why not. */
  get readiness(): true | string {
    return this.#readiness
  }

  async run(signal: AbortSignal): Promise<void> {
    const last = await this.#ports.readLastTick()
    if (last) this.#lastSecond = tickSecond(last)
    if (this.#source === 'wall') await this.#runWall(signal)
    else await this.#runTape(signal, last ? last.inputSeq + 1 : 1)
  }

  /** One tick a second; after a suspend or a slow broker the next is of the second that is now. */
  async #runWall(signal: AbortSignal): Promise<void> {
    const { log, clock, metrics } = this.#ports
    while (!signal.aborted) {
      const second = Math.floor(clock.nowUs() / 1_000_000)
      if (second > this.#lastSecond) {
        await this.#append(wallTick(log.shard, second), second)
        metrics.tickDelaySeconds.observe(Math.max(0, clock.nowUs() / 1_000_000 - second))
        this.#readiness = true
      } else if (second < this.#lastSecond) {
        this.#readiness = `the tape's last tick is ${this.#lastSecond - second} s ahead of this clock`
      }
      // Timers may fire a little early: the loop then sleeps the rest.
      const nextUs = (Math.floor(clock.nowUs() / 1_000_000) + 1) * 1_000_000
      await clock.sleep(Math.max(1, Math.ceil((nextUs - clock.nowUs()) / 1_000)), signal)
    }
  }

  /** A tick behind each event of the feed that is the first of a later second. */
  async #runTape(signal: AbortSignal, fromSeq: number): Promise<void> {
    const { log } = this.#ports
    const types = new Set(timeBearingTypes)
    const accepts = (subject: string): boolean => types.has(eventTypeOf(subject))
    this.#readiness = true
    for await (const { records } of log.read({
      fromSeq,
      accepts,
      eventTypes: timeBearingTypes,
      signal,
    })) {
      const appends: Promise<void>[] = []
      for (const record of records) {
        const second = secondToTick(this.#lastSecond, eventTimeUsOf(record))
        if (second === undefined) continue
        appends.push(this.#append(tapeTick(log.shard, second, record), second))
      }
      await Promise.all(appends)
    }
  }

  async #append(tick: Outgoing, second: number): Promise<void> {
    const { log, metrics } = this.#ports
    if (this.#lastSecond > 0) metrics.skippedSecondsTotal.inc(second - this.#lastSecond - 1)
    this.#lastSecond = second
    const { isDuplicate } = await log.append(tick)
    metrics.ticksTotal.inc({ outcome: isDuplicate ? 'duplicate' : 'appended' })
    metrics.lastTickTimestampSeconds.set(second)
  }
}

/** Zero, which moves no clock, for what does not fit its schema: its readers dead-letter it. */
function eventTimeUsOf({ subject, body }: TapeRecord): number {
  try {
    const type = eventTypeOf(subject)
    return isEventType(type) ? eventSchemas[type].parse(JSON.parse(body)).eventTimeUs : 0
  } catch {
    return 0
  }
}
