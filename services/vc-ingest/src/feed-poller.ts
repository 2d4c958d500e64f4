import type { FeedPlan, ProviderClient, ProviderRequest } from '@kwm/adapter-weather'
import type { Clock } from '@kwm/runtime'
import type { AnswerJournal, FrameOutcome } from './answer-journal.ts'
import type { Metrics } from './metrics.ts'
import { lookbackUs, nextRoundUs } from './poll-window.ts'
import type { Source } from './providers.ts'

export type PollerPorts = {
  readonly client: ProviderClient
  readonly journal: AnswerJournal
  readonly clock: Clock
  readonly metrics: Metrics
  /** After each request: what became of it, and why where it came to nothing. */
  readonly onResult: (provider: string, feed: string, result: PollResult) => void
  readonly onRound: (provider: string, feed: string) => void
}

export type PollResult = {
  readonly outcome: FrameOutcome | 'unanswered'
  readonly detail: string
}

const REQUESTS_MAX = 2_000
const FETCHED_MAX = 4_000

/** One feed of one provider, for ever: a round at once, then one each time it publishes. */
export class FeedPoller {
  readonly #ports: PollerPorts
  readonly #source: Source
  readonly #plan: FeedPlan
  /** Of answers that never change. */
  readonly #fetched = new Set<string>()
  #lastWholeUs: number | undefined

  constructor(ports: PollerPorts, source: Source, plan: FeedPlan) {
    this.#ports = ports
    this.#source = source
    this.#plan = plan
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#ports
    while (!signal.aborted) {
      await this.round(signal)
      const waitUs = nextRoundUs(this.#plan, clock.nowUs()) - clock.nowUs()
      await clock.sleep(Math.max(1, Math.ceil(waitUs / 1_000)), signal)
    }
  }

  /** Every request of the feed and those they lead to, as many at once as the provider allows. */
  async round(signal: AbortSignal): Promise<void> {
    const { clock, onRound } = this.#ports
    const { provider, stations } = this.#source
    const nowUs = clock.nowUs()
    const fromUs = lookbackUs(this.#plan.feed, nowUs, this.#lastWholeUs)
    const ask = { stations, fromUs, toUs: nowUs, nowUs }
    const queue = [...provider.requests(this.#plan.feed, ask)]
    let isWhole = true
    let asked = 0
    const work = async (): Promise<void> => {
      for (let request = queue.shift(); request; request = queue.shift()) {
        if (signal.aborted || ++asked > REQUESTS_MAX) return
        if (request.isImmutable && this.#fetched.has(request.url)) continue
        const next = await this.#ask(request, signal)
        if (next) queue.push(...next)
        else isWhole = false
      }
    }
    await Promise.all(Array.from({ length: provider.limits.concurrencyMax }, work))
    if (signal.aborted) return
    if (isWhole) this.#lastWholeUs = nowUs
    onRound(provider.name, this.#plan.feed)
  }

  /** What the answer leads to, or undefined when there was none to read. */
  async #ask(
    request: ProviderRequest,
    signal: AbortSignal,
  ): Promise<readonly ProviderRequest[] | undefined> {
    const { client, journal, metrics, clock, onResult } = this.#ports
    const { provider } = this.#source
    const outcome = await client.ask(request, signal)
    if (signal.aborted && !outcome.isAnswered) return undefined
    if (!outcome.isAnswered) {
      const { reason, detail } = outcome
      metrics.unansweredTotal.inc({ provider: provider.name, reason })
      onResult(provider.name, request.feed, { outcome: 'unanswered', detail })
      return undefined
    }
    const { answer } = outcome
    const taken = await journal.take(provider, request, answer)
    metrics.rawToTapeSeconds.observe(Math.max(0, clock.nowUs() - answer.receivedTimeUs) / 1e6)
    const { reading } = taken
    const detail = reading.isRead
      ? (reading.faults[0] ?? '')
      : `${reading.reason}: ${reading.detail}`
    onResult(provider.name, request.feed, { outcome: taken.outcome, detail })
    if (!reading.isRead) return undefined
    if (request.isImmutable) this.#remember(request.url)
    return reading.next
  }

  #remember(url: string): void {
    if (this.#fetched.size >= FETCHED_MAX)
      this.#fetched.delete(this.#fetched.values().next().value!)
    this.#fetched.add(url)
  }
}
