import type { OrderBook } from '@kwm/model-book'
import { microprice } from '@kwm/model-book'
import {
  Hampel,
  LocalQuadratic,
  type HampelSnapshot,
  type LocalQuadraticSnapshot,
} from '@kwm/quant'
import type { FeaturesConfig } from './features-config.ts'
import type { LadderRowDraft } from './ladder-row.ts'

export type MidMotionSnapshot = {
  readonly mid: LocalQuadraticSnapshot
  readonly micro: LocalQuadraticSnapshot
  readonly midPoints: HampelSnapshot
  readonly microPoints: HampelSnapshot
  /** Twice the mid that counts, in bps; null before the first. */
  readonly twiceMidBps: number | null
}

/** Half a tick as a probability is the tick in bps over this. */
const HALF_TICK = 20_000

/**
 * How the mid and the microprice of one book move (MODELS 2). A point for each new quote and tick,
 * through Hampel's filter of the newest seven, whose MAD is at least half a tick. A mid that moved by
 * less than half a tick counts as where it was; the microprice is made of such moves, and keeps them.
 */
export class MidMotion {
  #mid: LocalQuadratic
  #micro: LocalQuadratic
  #midPoints = new Hampel()
  #microPoints = new Hampel()
  #twiceMidBps = NaN
  #changes = 0

  constructor(config: FeaturesConfig) {
    this.#mid = new LocalQuadratic({ halfLifeUs: config.kinematicsHalfLifeUs })
    this.#micro = new LocalQuadratic({ halfLifeUs: config.kinematicsHalfLifeUs })
  }

  static restore(config: FeaturesConfig, saved: MidMotionSnapshot): MidMotion {
    const motion = new MidMotion(config)
    motion.#mid = LocalQuadratic.restore(saved.mid)
    motion.#micro = LocalQuadratic.restore(saved.micro)
    motion.#midPoints = Hampel.restore(saved.midPoints)
    motion.#microPoints = Hampel.restore(saved.microPoints)
    motion.#twiceMidBps = saved.twiceMidBps ?? NaN
    return motion
  }

  /** The best quotes are new; `book` is undefined where it is stale or crossed. */
  onQuotes(
    timeUs: number,
    book: OrderBook | undefined,
    isPriceNew: boolean,
    tickBps: number,
  ): void {
    if (book?.quoteState !== 'two') return
    if (isPriceNew) this.#addMid(timeUs, book, tickBps)
    this.#addMicro(timeUs, book, tickBps)
  }

  onTick(timeUs: number, book: OrderBook | undefined, tickBps: number): void {
    if (book?.quoteState !== 'two') return
    this.#addMid(timeUs, book, tickBps)
    this.#addMicro(timeUs, book, tickBps)
  }

  /** The book is stale: what comes next does not follow on the values before. */
  disconnect(): void {
    this.#midPoints.clear()
    this.#microPoints.clear()
    this.#twiceMidBps = NaN
  }

  /** A number that differs whenever an estimate may. */
  get changes(): number {
    return this.#changes
  }

  fill(row: LadderRowDraft): void {
    const mid = this.#mid.motion()
    const micro = this.#micro.motion()
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
      ratio(micro.velocity - mid.velocity, Math.sqrt(mid.seVelocity ** 2 + micro.seVelocity ** 2))
  }

  snapshot(): MidMotionSnapshot {
    return {
      mid: this.#mid.snapshot(),
      micro: this.#micro.snapshot(),
      midPoints: this.#midPoints.snapshot(),
      microPoints: this.#microPoints.snapshot(),
      twiceMidBps: Number.isNaN(this.#twiceMidBps) ? null : this.#twiceMidBps,
    }
  }

  #addMid(timeUs: number, book: OrderBook, tickBps: number): void {
    const twiceMidBps = book.bestYesBidBps + book.bestYesAskBps
    const isSame = Math.abs(twiceMidBps - this.#twiceMidBps) < tickBps
    if (!isSame) this.#twiceMidBps = twiceMidBps
    this.#mid.add(timeUs, this.#midPoints.add(this.#twiceMidBps / 20_000, tickBps / HALF_TICK))
    this.#changes++
  }

  #addMicro(timeUs: number, book: OrderBook, tickBps: number): void {
    this.#micro.add(timeUs, this.#microPoints.add(microprice(book)!, tickBps / HALF_TICK))
    this.#changes++
  }
}

const ratio = (value: number, se: number): number | null => (se > 0 ? value / se : null)
