import type { DataOf, LadderEvent } from '@kwm/contracts'
import type { WholeRange } from '@kwm/model-venue'
import type { LadderRowDraft } from './ladder-row.ts'

type WeatherPmf = DataOf<'pmf.weather-pmf.v1'>
export type WeatherInputSnapshot = { readonly timeUs: number; readonly pmf: WeatherPmf | null }
type Hazards = Pick<
  LadderEvent,
  'hardLowerF' | 'hazard15min' | 'hazard60min' | 'probabilityOfNewHigh' | 'weatherAgeMs'
>

const NOTHING: Hazards = {
  hardLowerF: null,
  hazard15min: null,
  hazard60min: null,
  probabilityOfNewHigh: null,
  weatherAgeMs: null,
}

/** The newest weather PMF of an event, while it is young enough to mean something. */
export class WeatherInput {
  readonly #maxAgeUs: number
  #timeUs = 0
  #pmf: WeatherPmf | null = null
  readonly #pOf = new Map<string, number | null>()

  constructor(maxAgeUs: number) {
    this.#maxAgeUs = maxAgeUs
  }

  static restore(maxAgeUs: number, saved: WeatherInputSnapshot): WeatherInput {
    const weather = new WeatherInput(maxAgeUs)
    if (saved.pmf) weather.onPmf(saved.timeUs, saved.pmf)
    return weather
  }

  onPmf(timeUs: number, pmf: WeatherPmf): void {
    this.#timeUs = timeUs
    this.#pmf = pmf
    this.#pOf.clear()
    for (const { marketTicker, p } of pmf.brackets) this.#pOf.set(marketTicker, p)
  }

  hazards(nowUs: number): Hazards {
    const pmf = this.#fresh(nowUs)
    if (!pmf) return NOTHING
    const { hardLowerF, hazard15min, hazard60min, probabilityOfNewHigh } = pmf
    const weatherAgeMs = (nowUs - this.#timeUs) / 1_000
    return { hardLowerF, hazard15min, hazard60min, probabilityOfNewHigh, weatherAgeMs }
  }

  /** The bracket settles on whole degrees from `lowest` to `highest`, infinite in an open tail. */
  fillRow(nowUs: number, row: LadderRowDraft, { lowest, highest }: WholeRange): void {
    const pmf = this.#fresh(nowUs)
    if (!pmf) return
    row.weatherP = this.#pOf.get(row.marketTicker) ?? null
    const high = pmf.hardLowerF
    if (high === null) return
    row.degreesToEnter = lowest === -Infinity ? null : lowest - high
    row.degreesToLeave = highest === Infinity ? null : highest + 1 - high
    row.isDead = highest < high
  }

  snapshot(): WeatherInputSnapshot {
    return { timeUs: this.#timeUs, pmf: this.#pmf }
  }

  #fresh(nowUs: number): WeatherPmf | null {
    return nowUs - this.#timeUs <= this.#maxAgeUs ? this.#pmf : null
  }
}
