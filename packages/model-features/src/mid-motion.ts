import type { OrderBook } from '@kwm/model-book'
import { microprice } from '@kwm/model-book'
import { LocalQuadratic, type LocalQuadraticSnapshot } from '@kwm/quant'
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
  #changes = 0

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

  /** A number that differs whenever an estimate may. */
  get changes(): number {
    return this.#changes
  }

  fill(row: LadderRowDraft): void {
    const mid = this.#mid.estimate()
    const micro = this.#micro.estimate()
    row.velocity = mid?.velocity ?? null
    row.velocitySe = mid?.seVelocity ?? null
    row.velocityT = mid && ratio(mid.velocity, mid.seVelocity)
    row.acceleration = mid?.acceleration ?? null
    row.accelerationSe = mid?.seAcceleration ?? null
    row.accelerationT = mid && ratio(mid.acceleration, mid.seAcceleration)
    row.bookVelocity = micro?.velocity ?? null
    row.bookVelocitySe = micro?.seVelocity ?? null
    row.bookDivergenceT =
      mid &&
      micro &&
      ratio(
        micro.velocity - mid.velocity,
        Math.sqrt(mid.seVelocity ** 2 + micro.seVelocity ** 2),
      )
  }

  snapshot(): MidMotionSnapshot {
    return { mid: this.#mid.snapshot(), micro: this.#micro.snapshot() }
  }

  #addMid(timeUs: number, book: OrderBook): void {
    this.#mid.add(timeUs, (book.bestYesBidBps + book.bestYesAskBps) / 20_000)
    this.#changes++
  }

  #addMicro(timeUs: number, book: OrderBook): void {
    this.#micro.add(timeUs, microprice(book)!)
    this.#changes++
  }
}

const ratio = (value: number, se: number): number | null => (se > 0 ? value / se : null)
