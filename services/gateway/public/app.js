import { initActivity, renderOpportunities, renderOrders } from './activity.js'
import { initChart, renderChart } from './chart.js'
import { initControl, renderControl } from './control.js'
import { renderHeader } from './header.js'
import { initLadder, renderLadder, renderTabs } from './ladder.js'
import { initPositions, renderPositions } from './positions.js'
import { createStore, restingByMarket, sortedEvents } from './store.js'
import { follow } from './stream.js'
import { initSystem, renderSystem } from './system.js'
import { renderWeather } from './weather.js'
import { initWhy } from './why.js'

const CHART_INTERVAL_MS = 500

const store = createStore()
let link = 'connecting'
let selected = location.hash.slice(1)
let isScheduled = false
let chartDrawnMs = Number.NEGATIVE_INFINITY

function select(eventTicker) {
  selected = eventTicker
  history.replaceState(null, '', `#${eventTicker}`)
  chartDrawnMs = Number.NEGATIVE_INFINITY
  schedule()
}

/** At most one drawing a frame, however many updates came. */
function schedule() {
  if (isScheduled) return
  isScheduled = true
  requestAnimationFrame(() => {
    isScheduled = false
    render()
  })
}

function render() {
  const { state } = store
  if (!state.status) return
  const events = sortedEvents(state.events)
  const event = state.events.get(selected) ?? events[0]
  renderHeader(state, link)
  renderControl(state, link)
  renderTabs(events, event?.eventTicker)
  renderLadder(event, state, restingByMarket(state.orders))
  renderOrders(state)
  renderOpportunities(state)
  renderPositions(state)
  renderSystem(state)
  const nowMs = performance.now()
  if (nowMs - chartDrawnMs < CHART_INTERVAL_MS) return
  chartDrawnMs = nowMs
  renderChart(event, state.points.get(event?.eventTicker) ?? [])
  renderWeather(event, state)
}

function redrawChart() {
  chartDrawnMs = Number.NEGATIVE_INFINITY
  schedule()
}

initLadder(select)
initActivity(schedule)
initPositions()
initSystem()
initControl()
initChart(redrawChart)
initWhy({
  getOrder: (key) => store.state.orders.get(key),
  getOpportunity: (order) =>
    [...store.state.trades.values()].find(
      ({ pmfId, strategy }) => pmfId === order.pmfId && strategy === order.strategy,
    ),
})
follow('/api/stream', {
  onUpdate(update) {
    store.apply(update)
    schedule()
  },
  onLink(next) {
    if (next === link) return
    link = next
    schedule()
  },
})
// Draws what was skipped above, and ages that grow by themselves.
setInterval(schedule, 1_000)
