import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { ProviderClient, readAnswer } from '@kwm/adapter-weather'
import type { Fact, ProviderAnswer, ProviderRequest, WeatherProvider } from '@kwm/adapter-weather'
import { OperatingError, type Clock } from '@kwm/runtime'

/** Of one item: a list of products leads to the products. */
const REQUESTS_MAX = 500
/** So often we wait out that a provider is left alone, before the item fails. */
const HOLDS_MAX = 8

export class WeatherAnswerError extends OperatingError {
  override readonly name = 'WeatherAnswerError'
  readonly code = 'BACKFILL_WEATHER_ANSWER'
}

export type ProviderFacts = {
  readonly facts: readonly { readonly fact: Fact; readonly receivedTimeUs: number }[]
  /** Parts of the answers that could not be read. */
  readonly faults: readonly string[]
}

export type ProviderSourceOptions = {
  readonly clock: Clock
  /** Every answer is kept here as it came, before it is read. */
  readonly rawDir: string
  readonly onRequest: () => void
  readonly onWait: (provider: string, seconds: number) => void
}

/** A provider asked for the past: as politely as live, and with the patience of a download. */
export class ProviderSource {
  readonly provider: WeatherProvider
  readonly #client: ProviderClient
  readonly #options: ProviderSourceOptions

  constructor(provider: WeatherProvider, options: ProviderSourceOptions) {
    this.provider = provider
    this.#options = options
    const observer = { tried: options.onRequest }
    this.#client = new ProviderClient(provider, { clock: options.clock, observer })
  }

  /**
   * All that the requests and what they lead to say. `nearUs`: about when they were written, for texts
   * whose heading has the day of the month alone.
   * @throws {WeatherAnswerError} An answer did not come or is refused; `key` and the reason are named.
   */
  async read(
    key: string,
    requests: readonly ProviderRequest[],
    nearUs: number,
    signal: AbortSignal,
  ): Promise<ProviderFacts> {
    const queue = [...requests]
    const facts: { fact: Fact; receivedTimeUs: number }[] = []
    const faults: string[] = []
    for (let i = 0; i < queue.length; i++) {
      if (i === REQUESTS_MAX) throw new WeatherAnswerError(`${key}: more than ${i} requests`)
      const request = queue[i]!
      const answer = await this.#answer(request, signal)
      await this.#keepRaw(`${key}.${i}`, answer)
      const reading = readAnswer(this.provider, request, {
        ...answer,
        receivedTimeUs: Math.min(nearUs, answer.receivedTimeUs),
      })
      if (!reading.isRead) {
        throw new WeatherAnswerError(`${this.provider.name}: ${reading.reason}: ${reading.detail}`)
      }
      const { receivedTimeUs } = answer
      facts.push(...reading.facts.map((fact) => ({ fact, receivedTimeUs })))
      faults.push(...reading.faults)
      queue.push(...reading.next)
    }
    return { facts, faults }
  }

  async #answer(request: ProviderRequest, signal: AbortSignal): Promise<ProviderAnswer> {
    const { clock, onWait } = this.#options
    for (let hold = 0; ; hold++) {
      const outcome = await this.#client.ask(request, signal)
      signal.throwIfAborted()
      const isLimited = outcome.isAnswered && outcome.answer.status === 429
      if (outcome.isAnswered && !isLimited) return outcome.answer
      const heldForUs = this.#client.heldUntilUs - clock.nowUs()
      if (hold === HOLDS_MAX || heldForUs <= 0) {
        const reason = outcome.isAnswered ? outcome.answer.body.slice(0, 80) : outcome.detail
        throw new WeatherAnswerError(`${this.provider.name} does not answer: ${reason}`)
      }
      onWait(this.provider.name, Math.ceil(heldForUs / 1e6))
      await clock.sleep(heldForUs / 1e3, signal)
    }
  }

  async #keepRaw(name: string, answer: ProviderAnswer): Promise<void> {
    const file = join(this.#options.rawDir, `${name}.json.gz`)
    await mkdir(dirname(file), { recursive: true })
    const beside = `${file}.${process.pid}.part`
    await writeFile(beside, await promisify(gzip)(JSON.stringify(answer)))
    await rename(beside, file)
  }
}

/** The provider with another pace: of a mirror of one's own. */
export function paced(
  provider: WeatherProvider,
  minIntervalMs: number | undefined,
): WeatherProvider {
  if (minIntervalMs === undefined) return provider
  const { name, feeds, secretQuery } = provider
  return {
    ...{ name, feeds, limits: { ...provider.limits, minIntervalMs } },
    ...(secretQuery && { secretQuery }),
    requests: (feed, ask) => provider.requests(feed, ask),
    read: (request, body, receivedTimeUs) => provider.read(request, body, receivedTimeUs),
  }
}
