import {
  byId,
  cells,
  element,
  keyed,
  markSynthetic,
  setClass,
  setHidden,
  setText,
  setTitle,
  tableHead,
} from './dom.js'
import { cents, clock, contracts, integer, NONE, shortEvent, signClass, signed } from './format.js'

const ROWS_SHOWN = 120
const STEPS = ['intent', 'risk', 'sent', 'venue', 'fill']

const ORDER_COLUMNS = [
  ['Time', 'time'],
  ['Market', 'text market'],
  ['Side', 'side'],
  ['Qty @ ¢', 'num'],
  ['EV ¢', 'num wide', 'Expected value a contract, after fees'],
  ['Progress', 'steps', 'Intent, risk, sent, venue, fill'],
  ['State', 'text state-text'],
  ['Filled', 'num wide'],
  ['', 'why'],
]
const OPPORTUNITY_COLUMNS = [
  ['Time', 'time'],
  ['Event', 'text market'],
  ['Strategy', 'text'],
  ['Leader → follower', 'text'],
  ['EV ¢', 'num'],
  ['Decision', 'text state-text'],
  ['', 'why'],
]
const classesOf = (columns) => columns.map(([, className]) => className)

export function initActivity(onToggle) {
  tableHead(byId('orders-head'), ORDER_COLUMNS)
  tableHead(byId('opportunities-head'), OPPORTUNITY_COLUMNS)
  byId('no-trades').addEventListener('change', onToggle)
}

export function renderOrders({ orders, status }) {
  const newest = [...orders.values()].sort(byNewest).slice(0, ROWS_SHOWN)
  const { intents, denied, submitted, fills } = status.counts
  const counts = `${integer(intents)} intents · ${integer(denied)} denied · ${integer(submitted)} sent · ${integer(fills)} fills`
  setText(byId('orders-meta'), intents > 0 ? counts : '')
  markSynthetic(
    'orders',
    newest.some((order) => order.isSynthetic),
  )
  setHidden(byId('orders-empty'), newest.length > 0)
  keyed(byId('orders-rows'), newest, (order) => order.key, createOrder, fillOrder)
}

const byNewest = (a, b) => b.timeUs - a.timeUs || (a.key < b.key ? 1 : -1)

function createOrder() {
  const row = cells(classesOf(ORDER_COLUMNS))
  const steps = element('span', 'pips')
  for (const step of STEPS) {
    const pip = element('i')
    pip.title = step
    steps.append(pip)
  }
  row.children[5].append(steps)
  row.children[8].append(whyButton())
  return row
}

function whyButton() {
  const button = element('button', 'why-link', 'why')
  button.type = 'button'
  return button
}

function fillOrder(row, order) {
  const cell = row.children
  setText(cell[0], clock(order.timeUs))
  setText(cell[1], `${shortEvent(order.eventTicker)} ${order.label}`)
  setTitle(cell[1], `${order.marketTicker}\n${order.strategy}`)
  setText(cell[2], order.side.toUpperCase())
  setClass(cell[2], `side ${order.side}`)
  setText(cell[3], `${contracts(order.countCenti)} @ ${cents(order.priceBps)}`)
  setText(cell[4], order.evBps === null ? NONE : signed(order.evBps / 100, 1))
  fillSteps(cell[5].firstChild, order)
  setText(cell[6], stateText(order))
  setTitle(cell[6], order.stages.map(stageLine).join('\n'))
  setClass(cell[6], `text state-text ${order.state}`)
  setText(cell[7], order.filledCenti > 0 ? contracts(order.filledCenti) : NONE)
  cell[8].firstChild.dataset.why = chainStart(order).id
  cell[8].firstChild.dataset.order = order.key
}

/** The last stage of our own making: behind a fill is the print that caused it, not the order. */
function chainStart({ stages }) {
  const ours = ['order-submitted', 'order-approved', 'order-denied', 'order-intent']
  for (const name of ours) {
    const stage = stages.findLast((candidate) => candidate.stage === name)
    if (stage) return stage
  }
  return stages.at(-1)
}

const stageLine = ({ timeUs, stage, detail }) => `${clock(timeUs)}  ${stage}  ${detail}`

const REACHED = {
  intent: 1,
  approved: 2,
  denied: 2,
  submitted: 3,
  resting: 4,
  canceling: 4,
  filled: 5,
  canceled: 4,
  rejected: 4,
}
const FAILED = new Set(['denied', 'rejected'])

function fillSteps(node, { state, filledCenti }) {
  const reached = filledCenti > 0 ? 5 : REACHED[state]
  for (const [index, pip] of [...node.children].entries()) {
    const isLast = index === reached - 1
    const isPartial = index === 4 && filledCenti > 0 && state !== 'filled'
    const kind = isLast && FAILED.has(state) ? 'failed' : isPartial ? 'partial' : 'done'
    setClass(pip, index < reached ? kind : '')
  }
}

function stateText({ state, reason, filledCenti, countCenti }) {
  if (state === 'filled') return 'filled'
  const hasPart = filledCenti > 0 && filledCenti < countCenti
  const what = hasPart ? `${contracts(filledCenti)} of ${contracts(countCenti)}, ${state}` : state
  const says = ['denied', 'rejected', 'canceled', 'canceling'].includes(state) && reason
  return `${what}${says ? ` · ${reason}` : ''}`
}

export function renderOpportunities({ trades, noTrades, reasons, status }) {
  const showsNoTrades = byId('no-trades').checked
  const shown = showsNoTrades ? [...trades.values(), ...noTrades.values()] : [...trades.values()]
  const newest = shown.sort((a, b) => b.timeUs - a.timeUs).slice(0, ROWS_SHOWN)
  const { opportunities, trades: tradeCount } = status.counts
  const counts = `${integer(tradeCount)} trades of ${integer(opportunities)} evaluations`
  setText(byId('opportunities-meta'), opportunities > 0 ? counts : '')
  markSynthetic(
    'opportunities',
    newest.some((opportunity) => opportunity.isSynthetic),
  )
  setHidden(byId('opportunities-empty'), newest.length > 0)
  setText(
    byId('opportunities-empty'),
    opportunities > 0
      ? 'No trade so far: the counts above say why.'
      : 'Waiting for the first evaluation (signal.opportunity).',
  )
  renderReasons(reasons)
  keyed(
    byId('opportunities-rows'),
    newest,
    (opportunity) => opportunity.id,
    () => {
      const row = cells(classesOf(OPPORTUNITY_COLUMNS))
      row.children[6].append(whyButton())
      return row
    },
    fillOpportunity,
  )
}

function fillOpportunity(row, opportunity) {
  const { timeUs, eventTicker, strategy, isShadow, leader, follower, evBps, decision, reason, id } =
    opportunity
  const cell = row.children
  setText(cell[0], clock(timeUs))
  setText(cell[1], shortEvent(eventTicker))
  setText(cell[2], isShadow ? `${strategy} (shadow)` : strategy)
  setText(cell[3], leader || follower ? `${leader ?? NONE} → ${follower ?? NONE}` : NONE)
  setText(cell[4], evBps === null ? NONE : signed(evBps / 100, 1))
  setClass(cell[4], `num ${evBps === null ? 'none' : signClass(evBps)}`)
  setText(cell[5], decision === 'trade' ? 'trade' : reason)
  setClass(cell[5], `text state-text ${decision}`)
  cell[6].firstChild.dataset.why = id
}

/** Why not, most frequent first. */
function renderReasons(reasons) {
  const sorted = [...reasons.values()].sort((a, b) => b.count - a.count)
  const most = sorted[0]?.count ?? 1
  keyed(
    byId('reasons'),
    sorted,
    ({ reason }) => reason,
    ({ reason }) => {
      const chip = element('span', 'reason')
      chip.append(element('i'), element('span', '', reason), element('b'))
      return chip
    },
    (chip, { count }) => {
      chip.style.setProperty('--share', `${((100 * count) / most).toFixed(1)}%`)
      setText(chip.lastChild, integer(count))
    },
  )
  setHidden(byId('reasons'), sorted.length === 0)
}
