import type { OrderBook } from '@kwm/model-book'
import { microprice } from '@kwm/model-book'
import {
  LocalQuadratic,
  type LocalQuadraticEstimate,
  type LocalQuadraticSnapshot,
} from '@kwm/quant'
import type { FeaturesConfig } from './features-config.ts'
import type { LadderRowDraft } from './ladder-row.ts'

export type MidMotionSnapshot = {
  readonly mid: LocalQuadraticSnapshot
  readonly micro: LocalQuadraticSnapshot
}

/** How the mid and the microprice of one book move (MODELS 2). A point for each new quote and tick. */
export class MidMotion {
  #mid: LocalQuadratic
  #micro: LocalQuadratic
  /** Undefined: there are points since the last estimate. */
  #midEstimate: LocalQuadraticEstimate | null | undefined
  #microEstimate: LocalQuadraticEstimate | null | undefined

  constructor(config: FeaturesConfig) {
    this.#mid = new LocalQuadratic({ halfLifeUs: config.kinematicsHalfLifeUs })
    this.#micro = new LocalQuadratic({ halfLifeUs: config.kinematicsHalfLifeUs })
  }

  static restore(config: FeaturesConfig, saved: MidMotionSnapshot): MidMotion {
    const motion = new MidMotion(config)
    motion.#mid = LocalQuadratic.restore(saved.mid)
    motion.#micro = LocalQuadratic.restore(saved.micro)
    return motion
  }

  /** The best quotes are new; `book` is undefined where it is stale or crossed. */
  onQuotes(timeUs: number, book: OrderBook | undefined, isPriceNew: boolean): void {
    if (book?.quoteState !== 'two') return
    if (isPriceNew) this.#addMid(timeUs, book)
    this.#addMicro(timeUs, book)
  }

  onTick(timeUs: number, book: OrderBook | undefined): void {
    if (book?.quoteState !== 'two') return
    this.#addMid(timeUs, book)
    this.#addMicro(timeUs, book)
  }

  fill(row: LadderRowDraft): void {
    if (this.#midEstimate === undefined) this.#midEstimate = this.#mid.estimate()
    if (this.#microEstimate === undefined) this.#microEstimate = this.#micro.estimate()
    const mid = this.#midEstimate
    const micro = this.#microEstimate
    if (mid) {
      row.velocity = mid.velocity
      row.velocitySe = mid.seVelocity
      row.velocityT = ratio(mid.velocity, mid.seVelocity)
      row.acceleration = mid.acceleration
      row.accelerationSe = mid.seAcceleration
      row.accelerationT = ratio(mid.acceleration, mid.seAcceleration)
    }
    if (!micro) return
    row.bookVelocity = micro.velocity
    row.bookVelocitySe = micro.seVelocity
    if (!mid) return
    const se = Math.sqrt(mid.seVelocity ** 2 + micro.seVelocity ** 2)
    row.bookDivergenceT = ratio(micro.velocity - mid.velocity, se)
  }

  snapshot(): MidMotionSnapshot {
    return { mid: this.#mid.snapshot(), micro: this.#micro.snapshot() }
  }

  #addMid(timeUs: number, book: OrderBook): void {
    this.#mid.add(timeUs, (book.bestYesBidBps + book.bestYesAskBps) / 20_000)
    this.#midEstimate = undefined
  }

  #addMicro(timeUs: number, book: OrderBook): void {
    this.#micro.add(timeUs, microprice(book)!)
    this.#microEstimate = undefined
  }
}

const ratio = (value: number, se: number): number | null => (se > 0 ? value / se : null)
