import type { DataOf, EventOf } from '@kwm/contracts'
import { TuningError } from './errors.ts'
import { eventDay } from './event-day.ts'

/** A PMF said at a lead before the close, and the bracket that won. */
export type CalibrationRow = {
  readonly series: string
  readonly leadHours: number
  readonly day: string
  readonly pmf: readonly number[]
  readonly outcome: number
}

export type CalibrationInput = EventOf<
  'feature.ladder-frame.v1' | 'pmf.fused-pmf.v1' | 'md.market-status.v1'
>

/** What was said longer before a lead does not stand for it: the recording had a gap. */
const AGE_MAX_US = 3.6e9

type Said = { readonly tickers: readonly string[]; readonly pmf: readonly number[] }
type EventPmfs = { series: string; closeTimeUs: number; said: (Said | null)[] }

/**
 * Collects, from a tape in order, the last fused PMF of each event in the hour up to each lead, and the
 * outcome once the venue says it. What was said later than a lead has no part in it. Of a PMF that is
 * calibrated already it takes what was there before; one written without it is refused: a map fitted
 * on it would not be one of the model's own.
 */
export class CalibrationRowBuilder {
  readonly #events = new Map<string, EventPmfs>()
  readonly #winners = new Set<string>()

  readonly leadsHours: readonly number[]

  constructor(leadsHours: readonly number[]) {
    if (leadsHours.length === 0 || !leadsHours.every((lead) => lead >= 0 && lead < 200)) {
      throw new TuningError(`leads ${leadsHours.join(',')}: hours before the close, 0 to 200`)
    }
    this.leadsHours = leadsHours
  }

  add({ type, eventTimeUs, data }: CalibrationInput): void {
    if (type === 'md.market-status.v1') {
      if (data.result === 'yes') this.#winners.add(data.marketTicker)
      return
    }
    if (type === 'feature.ladder-frame.v1') {
      const { eventTicker, seriesTicker: series, closeTimeUs } = data
      const event = this.#events.get(eventTicker)
      // The venue may move a close: the last one said counts.
      if (event) event.closeTimeUs = closeTimeUs
      else {
        const said = this.leadsHours.map(() => null)
        this.#events.set(eventTicker, { series, closeTimeUs, said })
      }
      return
    }
    const event = this.#events.get(data.eventTicker)
    const pmf = uncalibrated(data)
    if (!event || !data.isFeasible || pmf.some((p) => p === null)) return
    const total = pmf.reduce<number>((sum, p) => sum + p!, 0)
    if (Math.abs(total - 1) > 1e-6) return // Markets that do not exclude each other.
    const said = {
      tickers: data.brackets.map(({ marketTicker }) => marketTicker),
      pmf: pmf.map((p) => p! / total),
    }
    for (const [i, lead] of this.leadsHours.entries()) {
      const leadUs = event.closeTimeUs - lead * 3.6e9
      if (eventTimeUs <= leadUs && eventTimeUs >= leadUs - AGE_MAX_US) event.said[i] = said
    }
  }

  /** Events whose winner is known, in order of their day. */
  build(): readonly CalibrationRow[] {
    const rows: CalibrationRow[] = []
    for (const [eventTicker, { series, said }] of this.#events) {
      const day = eventDay(eventTicker)
      if (day === null) continue
      for (const [i, leadHours] of this.leadsHours.entries()) {
        const outcome = said[i]?.tickers.findIndex((ticker) => this.#winners.has(ticker)) ?? -1
        if (outcome >= 0) rows.push({ series, leadHours, day, pmf: said[i]!.pmf, outcome })
      }
    }
    return rows.toSorted((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0))
  }
}

function uncalibrated({
  eventTicker,
  brackets,
  calibration = 'identity',
}: DataOf<'pmf.fused-pmf.v1'>): readonly (number | null)[] {
  if (calibration === 'identity') return brackets.map(({ p }) => p)
  return brackets.map(({ rawP }) => {
    if (rawP !== undefined) return rawP
    throw new TuningError(
      `a PMF of ${eventTicker} is calibrated by ${calibration} and lacks rawP, what it was before: a tape recorded by this version, or without CALIBRATION_ARTEFACT, is needed`,
    )
  })
}
