/** What the page knows. An update replaces what it names; a full one replaces everything. */
export function createStore() {
  const state = empty()
  return {
    state,
    apply(update) {
      if (update.kind === 'full') Object.assign(state, empty())
      state.status = update.status
      state.gateway = update.gateway
      state.services = update.services
      put(state.events, update.events, 'eventTicker')
      put(state.stations, update.stations, 'stationId')
      put(state.orders, update.orders, 'key')
      put(state.reasons, update.reasons, 'reason')
      put(state.positions, update.positions, 'marketTicker')
      put(state.feeds, update.feeds, 'feed')
      put(state.startedServices, update.startedServices, 'service')
      for (const { eventTicker, points } of update.points) {
        addPoints(state.points, eventTicker, points)
      }
      for (const { stationId, exact, smooth } of update.stationPoints) {
        addPoints(state.readings, `${stationId} exact`, exact)
        addPoints(state.readings, `${stationId} smooth`, smooth)
      }
      for (const opportunity of update.opportunities) {
        const isTrade = opportunity.decision === 'trade'
        ;(isTrade ? state.trades : state.noTrades).set(opportunity.id, opportunity)
      }
      trim(state.trades, update.gateway.tradesMax)
      trim(state.noTrades, update.gateway.noTradesMax)
      trim(state.orders, update.gateway.ordersMax)
    },
  }
}

const POINTS_MAX = 5_000

const empty = () => ({
  status: null,
  gateway: null,
  services: [],
  events: new Map(),
  points: new Map(),
  stations: new Map(),
  readings: new Map(),
  orders: new Map(),
  trades: new Map(),
  noTrades: new Map(),
  reasons: new Map(),
  positions: new Map(),
  feeds: new Map(),
  startedServices: new Map(),
})

function put(map, items, key) {
  for (const item of items) map.set(item[key], item)
}

function trim(map, max) {
  for (const key of map.keys()) {
    if (map.size <= max) return
    map.delete(key)
  }
}

/** Points come in time order; the newest may come again with a new value. */
function addPoints(lines, key, points) {
  const line = lines.get(key) ?? []
  for (const point of points) {
    const last = line.at(-1)
    if (last && point[0] < last[0]) continue
    if (last?.[0] === point[0]) line[line.length - 1] = point
    else line.push(point)
  }
  // The older half at half the resolution: a day stays a day.
  const thinned =
    line.length <= POINTS_MAX
      ? line
      : line.filter((_, index) => index > line.length / 2 || index % 2 === 0)
  lines.set(key, thinned)
}

const RESTING = new Set(['submitted', 'resting', 'canceling'])

/** Our open orders by market. */
export function restingByMarket(orders) {
  const byMarket = new Map()
  for (const order of orders.values()) {
    if (!RESTING.has(order.state) || order.remainingCenti <= 0) continue
    const list = byMarket.get(order.marketTicker) ?? []
    list.push(order)
    byMarket.set(order.marketTicker, list)
  }
  return byMarket
}

/** Events still open first, soonest close first; finished ones after, newest first. */
export function sortedEvents(events) {
  return [...events.values()].sort(
    (a, b) =>
      Number(a.isFinished) - Number(b.isFinished) ||
      (a.isFinished ? b.closeTimeUs - a.closeTimeUs : a.closeTimeUs - b.closeTimeUs) ||
      (a.eventTicker < b.eventTicker ? -1 : 1),
  )
}
