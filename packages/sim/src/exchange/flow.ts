import type { OutcomeSide } from '@kwm/model-venue'
import { oppositeSide, priceOfSide } from '@kwm/model-venue'
import { unreachable } from '@kwm/std'
import type {
  BookReplaced,
  LevelChanged,
  TickerChanged,
  TradePrinted,
  VenueEvent,
} from '../venue/venue-event.ts'
import type { ClientOrder } from './client-order.ts'
import type { ExchangeMarket } from './exchange-market.ts'
import type { Floor } from './floor.ts'
import { asOrder } from './floor.ts'

/**
 * The recorded or synthetic flow as the outside market of the floor.
 *
 * Its levels are bids of nobody, queued before and behind those of clients. Size it adds joins the
 * back, after trading with clients it crosses. Size it takes off is a trade when the print follows at
 * once, and then leaves from the front of the queue and fills the clients it reaches; else it is a
 * cancel, and leaves from the back: those ahead of a client go last (the risk-averse model of
 * model-venue's queue-position.ts). A print worse than a client's bid fills the client first.
 *
 * What clients took from a level stays taken: the level shows the flow's size less that, until the
 * flow has emptied the level or replaced the book. The flow itself goes on as it was recorded,
 * also where a client was filled in its stead.
 */
export class Flow {
  readonly #floor: Floor
  /** Changes that contradict the book: not played. */
  inconsistentChanges = 0

  constructor(floor: Floor) {
    this.#floor = floor
  }

  apply(market: ExchangeMarket, event: VenueEvent): void {
    const { removal } = market
    if (event.type !== 'trade-printed') settleRemoval(market)
    switch (event.type) {
      case 'level-changed':
        this.#changeLevel(market, event)
        break
      case 'trade-printed':
        if (removal && !isOf(event, removal)) settleRemoval(market)
        this.#print(market, event)
        break
      case 'ticker-changed':
        return this.#ticker(market, event)
      case 'book-replaced':
        this.#replace(market, event)
        break
      case 'market-deactivated':
      case 'market-activated':
      case 'market-closed':
      case 'market-determined':
      case 'market-settled':
      case 'strike-announced':
        this.#floor.publish(event)
        break
      default:
        return unreachable(event)
    }
    this.#floor.triggerGroups()
    this.#floor.publishTicker(market)
  }

  #changeLevel(market: ExchangeMarket, event: LevelChanged): void {
    const { side, priceBps, countDeltaCenti } = event
    if (countDeltaCenti < 0) return this.#takeOff(market, event)
    const traded = this.#cross(market, side, priceBps, countDeltaCenti)
    if (traded > 0) market.consume(side, priceBps, traded)
    const joins = countDeltaCenti - traded
    if (joins === 0) return
    market.book.addAnonymous(side, priceBps, joins)
    this.#floor.publish({ ...event, countDeltaCenti: joins })
  }

  #takeOff(market: ExchangeMarket, event: LevelChanged): void {
    const { side, priceBps, countDeltaCenti } = event
    const shown = market.book.anonymousAt(side, priceBps)
    const taken = market.consumedAt(side, priceBps)
    if (-countDeltaCenti > shown + taken) {
      this.inconsistentChanges++
      return
    }
    const visible = Math.min(-countDeltaCenti, shown)
    if (-countDeltaCenti > visible) market.consume(side, priceBps, countDeltaCenti + visible)
    if (visible === 0) return
    if (market.book.ownedAt(side, priceBps) > 0) {
      market.removal = { side, priceBps, countCenti: visible }
    } else market.book.removeAnonymous(side, priceBps, visible)
    this.#floor.publish({ ...event, countDeltaCenti: -visible })
  }

  /** New size of the flow meets the clients it crosses, at their prices. Returns what it traded. */
  #cross(market: ExchangeMarket, side: OutcomeSide, priceBps: number, countCenti: number): number {
    const makers = oppositeSide(side)
    if (!market.book.hasOwnedBids(makers)) return 0
    const traded = this.#fillClients(market, makers, priceOfSide('no', priceBps), countCenti)
    market.ownVolumeCenti += traded
    return traded
  }

  /** Clients of that side at `fromBps` and better, best first, at their own prices. */
  #fillClients(
    market: ExchangeMarket,
    makerSide: OutcomeSide,
    fromBps: number,
    countCenti: number,
  ): number {
    const { book } = market
    let left = countCenti
    for (let bps = book.bestBps(makerSide); bps >= fromBps && bps > 0 && left > 0;) {
      for (let bid = book.firstAt(makerSide, bps); bid && left > 0;) {
        const { next } = bid
        const maker = asOrder(bid)
        if (maker) left -= this.#fillClient(market, maker, left)
        bid = next
      }
      bps = book.nextBelowBps(makerSide, bps)
    }
    return countCenti - left
  }

  #fillClient(market: ExchangeMarket, maker: ClientOrder, left: number): number {
    const { side: makerSide, priceBps: makerPriceBps } = maker
    const countCenti = Math.min(left, maker.remainingCenti)
    market.book.reduce(maker, countCenti)
    const taker = undefined
    this.#floor.trade(market, { makerSide, makerPriceBps, countCenti, maker, taker })
    return countCenti
  }

  /** The flow's trade, shared with the clients whose turn it was. */
  #print(market: ExchangeMarket, event: TradePrinted): void {
    const makerSide = oppositeSide(event.takerSide)
    const makerBps = priceOfSide(makerSide, event.yesPriceBps)
    let left = event.countCenti
    if (market.book.hasOwnedBids(makerSide)) {
      left -= this.#fillClients(market, makerSide, makerBps + 1, left)
      left -= this.#walkQueue(market, makerSide, makerBps, left)
    }
    settleRemoval(market)
    if (left > 0) this.#floor.publish({ ...event, countCenti: left })
  }

  /** From the front of one price: nobody's size first come first served, too. Returns client fills. */
  #walkQueue(
    market: ExchangeMarket,
    makerSide: OutcomeSide,
    priceBps: number,
    count: number,
  ): number {
    let removable = market.removal?.countCenti ?? 0
    market.removal = undefined
    let left = count
    let filled = 0
    for (let bid = market.book.firstAt(makerSide, priceBps); bid && left > 0;) {
      const { next } = bid
      const maker = asOrder(bid)
      if (maker) {
        const countCenti = this.#fillClient(market, maker, left)
        filled += countCenti
        left -= countCenti
      } else {
        const passed = Math.min(left, bid.remainingCenti)
        const removed = Math.min(passed, removable)
        if (removed > 0) market.book.reduce(bid, removed)
        removable -= removed
        left -= passed
      }
      bid = next
    }
    if (removable > 0) market.book.removeAnonymous(makerSide, priceBps, removable)
    return filled
  }

  #ticker(market: ExchangeMarket, event: TickerChanged): void {
    market.flowOpenInterestCenti = event.openInterestCenti
    if (!market.isTouched) return this.#floor.publish(event)
    const { book } = market.state
    this.#floor.publish({
      ...event,
      yesBidBps: book.bestYesBidBps,
      yesAskBps: book.bestYesAskBps,
      yesBidCenti: book.bestYesBidCountCenti,
      yesAskCenti: book.bestYesAskCountCenti,
      volumeCenti: event.volumeCenti + market.ownVolumeCenti,
      openInterestCenti: event.openInterestCenti + market.openCenti,
    })
  }

  /** The levels anew. Where a level shrinks or grows, it does so at the back, as ever. */
  #replace(market: ExchangeMarket, event: BookReplaced): void {
    const { book, consumed } = market
    const wanted = { yes: new Map(event.yes), no: new Map(event.no) }
    for (const side of ['yes', 'no'] as const) {
      consumed[side].clear()
      for (const [priceBps] of book.levels(side)) {
        const surplus = book.anonymousAt(side, priceBps) - (wanted[side].get(priceBps) ?? 0)
        if (surplus > 0) book.removeAnonymous(side, priceBps, surplus)
      }
    }
    for (const side of ['yes', 'no'] as const) {
      for (const [priceBps, countCenti] of wanted[side])
        this.#grow(market, side, priceBps, countCenti)
    }
    if (!market.isTouched) return this.#floor.publish(event)
    this.#floor.publish({ ...event, yes: book.levels('yes'), no: book.levels('no') })
  }

  #grow(market: ExchangeMarket, side: OutcomeSide, priceBps: number, wantedCenti: number): void {
    const missing = wantedCenti - market.book.anonymousAt(side, priceBps)
    if (missing === 0) return
    const traded = this.#cross(market, side, priceBps, missing)
    if (traded > 0) market.consume(side, priceBps, traded)
    if (missing > traded) market.book.addAnonymous(side, priceBps, missing - traded)
  }
}

/** A removal that no print followed was a cancel. */
export function settleRemoval(market: ExchangeMarket): void {
  const { removal } = market
  if (!removal) return
  market.removal = undefined
  market.book.removeAnonymous(removal.side, removal.priceBps, removal.countCenti)
}

const isOf = (print: TradePrinted, removal: { side: OutcomeSide; priceBps: number }): boolean =>
  print.takerSide === oppositeSide(removal.side) &&
  priceOfSide(removal.side, print.yesPriceBps) === removal.priceBps
