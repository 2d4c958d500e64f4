import { formatIso, restingOf } from '@kwm/sim'
import type { ClientOrder, Exchange, MarketState } from '@kwm/sim'
import { FAULTS } from './faults.ts'
import type { VenueSim } from './service.ts'

/** The page shows this many; an account may have far more. */
const ORDERS_SHOWN_MAX = 200

/** What is being played and what rests in it, for the page and for whoever drives the simulator. */
export function statusOf(sim: VenueSim, framesSent: number) {
  const { source, player, state, exchange } = sim
  const startedAt = player.startedAtMs
  return {
    source: source.name,
    synthetic: source.isSynthetic,
    index: { id: sim.index.id, synthetic: true },
    sizes: source.sizes,
    seed: source.seed,
    speed: player.speed,
    startedAt: startedAt === null ? null : formatIso(Math.round(startedAt) * 1_000),
    playing: player.isPlaying,
    finished: player.isFinished,
    simTimeUs: Math.round(player.simTimeUs),
    simTime: formatIso(Math.floor(player.simTimeUs / 1_000_000) * 1_000_000),
    progress: player.progress,
    eventsPlayed: player.eventsPlayed,
    framesSent,
    connections: sim.connections,
    skippedLines: source.skipped(),
    inconsistentChanges: state.inconsistentChanges + exchange.inconsistentChanges,
    accounts: exchange.accounts.size,
    faults: FAULTS,
    orders: restingOrders(exchange),
    events: source.events.map((event) => ({
      eventTicker: event.eventTicker,
      title: event.title,
      markets: [...state.markets]
        .filter(({ market }) => market.eventTicker === event.eventTicker)
        .map(marketStatus),
    })),
  }
}

const marketStatus = ({ market, book, status, result, lastPriceBps }: MarketState) => ({
  ticker: market.ticker,
  label: market.yesSubTitle,
  yesBidBps: book.bestYesBidBps,
  yesAskBps: book.bestYesAskBps,
  lastPriceBps,
  status,
  result,
})

function restingOrders(exchange: Exchange) {
  const shown: ReturnType<typeof orderStatus>[] = []
  for (const account of exchange.accounts.values()) {
    for (const order of restingOf(account)) {
      if (shown.length === ORDERS_SHOWN_MAX) return shown
      shown.push(orderStatus(order))
    }
  }
  return shown
}

const orderStatus = (order: ClientOrder) => ({
  account: order.ownerNo,
  ticker: order.holding.market.state.market.ticker,
  side: order.side,
  yesPriceBps: order.yesPriceBps,
  remainingCenti: order.remainingCenti,
  filledCenti: order.filledCenti,
  clientOrderId: order.clientOrderId,
})
