import { createHash } from 'node:crypto'
import type { Fact } from '@kwm/adapter-weather'

export type Verdict = 'new' | 'revised' | 'known' | 'old' | 'future'

/** What is known of one observation, or was last said of a forecast or an ensemble. */
type Known = {
  readonly print: string
  readonly revision: number
  readonly eventTimeUs: number
  readonly ingestTimeUs: number
}
/** By valid time: what was last forecast for it. */
type KnownForecast = {
  readonly ingestTimeUs: number
  readonly prints: Readonly<Record<string, string>>
}

export type LedgerSnapshot = {
  readonly v: 1
  readonly observations: readonly (readonly [string, Known])[]
  readonly forecasts: readonly (readonly [string, KnownForecast])[]
  readonly reports: readonly (readonly [string, readonly string[]])[]
}

const MINUTE_US = 60_000_000
const DAY_US = 86_400_000_000
const OBSERVATIONS_KEPT_US = 3 * DAY_US
const REPORTS_KEPT_US = 15 * DAY_US
/** Clocks differ, and a report is made some minutes after its nominal time. */
const AHEAD_MAX_US = 10 * MINUTE_US
const PRUNE_EVERY_US = 3_600 * 1_000_000
const REVISIONS_MAX = 10_000

/**
 * What has been said already, so that only what changed is said. An observation is one by source,
 * station, kind and time; other values than before are its next revision. A forecast or ensemble is
 * news when it says something else, or something further; hours that merely passed are none. A
 * report is one by the hash of its text. Facts of an answer received no later than what is known are
 * known: answers may overtake each other, and are read again in a recovery.
 */
export class FactLedger {
  readonly #observations = new Map<string, Known>()
  readonly #forecasts = new Map<string, KnownForecast>()
  readonly #reports = new Map<string, Set<string>>()
  #prunedUs = 0

  /** Judge a fact and remember it when it is news. Of facts alike in one answer the last counts. */
  judge(fact: Fact, receivedTimeUs: number): { verdict: Verdict; revision: number } {
    if (receivedTimeUs - this.#prunedUs >= PRUNE_EVERY_US) this.#prune(receivedTimeUs)
    switch (fact.type) {
      case 'wx.observation.v1':
        return this.#judgeObservation(fact, receivedTimeUs)
      case 'wx.forecast.v1':
      case 'wx.ensemble.v1':
        return { verdict: this.#judgeForecast(fact, receivedTimeUs), revision: 0 }
      case 'wx.climate-report.v1':
        return { verdict: this.#judgeReport(fact, receivedTimeUs), revision: 0 }
      case 'daily-high': // Archives are for the audit of settlements.
        return { verdict: 'known', revision: 0 }
    }
  }

  /** Something that is on the tape already. */
  learn(fact: Fact, ingestTimeUs: number, revision: number): void {
    if (fact.type === 'wx.observation.v1') {
      const { eventTimeUs } = fact
      const print = printOf(fact.data)
      this.#observations.set(observationKey(fact), { print, revision, eventTimeUs, ingestTimeUs })
    } else if (fact.type === 'wx.climate-report.v1') {
      this.#reportsOf(fact).add(fact.data.textHash)
    } else if (fact.type !== 'daily-high') {
      this.#forecasts.set(forecastKey(fact), { ingestTimeUs, prints: forecastPrints(fact) })
    }
  }

  snapshot(): LedgerSnapshot {
    return {
      v: 1,
      observations: [...this.#observations],
      forecasts: [...this.#forecasts],
      reports: [...this.#reports].map(([key, hashes]) => [key, [...hashes]] as const),
    }
  }

  restore({ observations, forecasts, reports }: LedgerSnapshot): void {
    for (const [key, known] of observations) this.#observations.set(key, known)
    for (const [key, known] of forecasts) this.#forecasts.set(key, known)
    for (const [key, hashes] of reports) this.#reports.set(key, new Set(hashes))
  }

  #judgeObservation(
    fact: Extract<Fact, { type: 'wx.observation.v1' }>,
    receivedTimeUs: number,
  ): { verdict: Verdict; revision: number } {
    const { eventTimeUs } = fact
    if (eventTimeUs < receivedTimeUs - OBSERVATIONS_KEPT_US) return { verdict: 'old', revision: 0 }
    if (eventTimeUs > receivedTimeUs + AHEAD_MAX_US) return { verdict: 'future', revision: 0 }
    const key = observationKey(fact)
    const known = this.#observations.get(key)
    const print = printOf(fact.data)
    if (known && (known.print === print || known.ingestTimeUs >= receivedTimeUs)) {
      return { verdict: 'known', revision: known.revision }
    }
    const revision = known ? Math.min(known.revision + 1, REVISIONS_MAX) : 0
    this.#observations.set(key, { print, revision, eventTimeUs, ingestTimeUs: receivedTimeUs })
    return { verdict: known ? 'revised' : 'new', revision }
  }

  #judgeForecast(
    fact: Extract<Fact, { type: 'wx.forecast.v1' | 'wx.ensemble.v1' }>,
    receivedTimeUs: number,
  ): Verdict {
    const key = forecastKey(fact)
    const known = this.#forecasts.get(key)
    const prints = forecastPrints(fact)
    if (known) {
      if (known.ingestTimeUs >= receivedTimeUs) return 'known'
      const isSaid = Object.entries(prints).every(([time, print]) => known.prints[time] === print)
      if (isSaid) return 'known'
    }
    this.#forecasts.set(key, { ingestTimeUs: receivedTimeUs, prints })
    return known ? 'revised' : 'new'
  }

  #judgeReport(
    fact: Extract<Fact, { type: 'wx.climate-report.v1' }>,
    receivedTimeUs: number,
  ): Verdict {
    const { climateDate, textHash } = fact.data
    const dayUs = Date.parse(`${climateDate}T00:00:00Z`) * 1_000
    if (dayUs < receivedTimeUs - REPORTS_KEPT_US) return 'old'
    if (dayUs > receivedTimeUs || fact.eventTimeUs > receivedTimeUs + AHEAD_MAX_US) return 'future'
    const hashes = this.#reportsOf(fact)
    if (hashes.has(textHash)) return 'known'
    hashes.add(textHash)
    return hashes.size > 1 ? 'revised' : 'new'
  }

  #reportsOf({ data }: Extract<Fact, { type: 'wx.climate-report.v1' }>): Set<string> {
    const key = `${data.product}|${data.stationId}|${data.climateDate}`
    const known = this.#reports.get(key)
    if (known) return known
    const hashes = new Set<string>()
    this.#reports.set(key, hashes)
    return hashes
  }

  #prune(nowUs: number): void {
    this.#prunedUs = nowUs
    for (const [key, { eventTimeUs }] of this.#observations) {
      if (eventTimeUs < nowUs - OBSERVATIONS_KEPT_US) this.#observations.delete(key)
    }
    for (const [key, { ingestTimeUs }] of this.#forecasts) {
      if (ingestTimeUs < nowUs - OBSERVATIONS_KEPT_US) this.#forecasts.delete(key)
    }
    for (const key of this.#reports.keys()) {
      const dayUs = Date.parse(`${key.slice(-10)}T00:00:00Z`) * 1_000
      if (dayUs < nowUs - REPORTS_KEPT_US) this.#reports.delete(key)
    }
  }
}

const shortHash = (text: string): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, 12)

const observationKey = ({
  data: { source, stationId, kind },
  eventTimeUs,
}: Extract<Fact, { type: 'wx.observation.v1' }>): string =>
  `${source}|${stationId}|${kind}|${eventTimeUs}`

function printOf(data: Extract<Fact, { type: 'wx.observation.v1' }>['data']): string {
  const { tempF, dewPointF, humidityPct, windMph, windowStartUs, stationIds } = data
  return shortHash(
    JSON.stringify([tempF, dewPointF, humidityPct, windMph, windowStartUs, stationIds]),
  )
}

function forecastKey({
  type,
  data,
}: Extract<Fact, { type: 'wx.forecast.v1' | 'wx.ensemble.v1' }>): string {
  const basis = 'basisDate' in data ? (data.basisDate ?? '') : ''
  return `${type}|${data.source}|${data.stationId}|${basis}`
}

function forecastPrints(
  fact: Extract<Fact, { type: 'wx.forecast.v1' | 'wx.ensemble.v1' }>,
): Record<string, string> {
  const columnOf = (index: number): string =>
    fact.type === 'wx.forecast.v1'
      ? String(fact.data.tempsF[index])
      : shortHash(fact.data.membersF.map((member) => member[index]).join())
  return Object.fromEntries(
    fact.data.validTimesUs.map((timeUs, index) => [String(timeUs), columnOf(index)]),
  )
}
