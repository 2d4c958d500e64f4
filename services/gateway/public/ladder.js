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
  setVariable,
  tableHead,
} from './dom.js'
import {
  cents,
  clock,
  contracts,
  duration,
  fixed,
  NONE,
  percent,
  shortEvent,
  signClass,
  signed,
  signedContracts,
} from './format.js'

const COLUMNS = [
  ['Bracket', 'label', 'What YES pays on'],
  ['Pos', 'num', 'Our contracts: negative is NO'],
  ['Resting', 'num', 'Our open orders, contracts at limit'],
  ['Bid sz', 'num'],
  ['Bid', 'num', 'Cents'],
  ['Ask', 'num', 'Cents'],
  ['Ask sz', 'num'],
  ['Mid', 'num', 'Cents; not a probability'],
  ['Market / model', 'bars', 'Grey: bid to ask, and mid. Blue: fused PMF ± sd. Diamond: weather'],
  ['PMF %', 'num', 'Fused, coherent PMF'],
  ['± sd', 'num', 'Standard deviation of the fused PMF, percent'],
  ['Δ ¢', 'num', 'Fused PMF less market mid, cents'],
  ['Wx %', 'num', 'What the weather alone says'],
  ['Vel t', 'num', 'Velocity of the mid over its standard error'],
  ['Acc t', 'num', 'Acceleration of the mid over its standard error'],
  ['RAS z', 'num', 'Acceleration less the neighbours’, over its standard error'],
  ['OFI 5s', 'num', 'Order-flow imbalance over 5 s, contracts'],
  ['OFI 60s', 'num', 'Order-flow imbalance over 60 s, contracts'],
  ['Flow 30s', 'num', 'Contracts bought less sold by takers over 30 s'],
  ['State', 'state'],
]
const CLASSES = COLUMNS.map(([, className]) => className)

export function initLadder(onSelect) {
  tableHead(byId('ladder-head'), COLUMNS)
  byId('ladder-foot').append(cells(CLASSES))
  byId('tabs').addEventListener('click', (event) => {
    const tab = event.target.closest('[data-event]')
    if (tab) onSelect(tab.dataset.event)
  })
}

export function renderTabs(events, selected) {
  keyed(
    byId('tabs'),
    events,
    (event) => event.eventTicker,
    (event) => {
      const tab = element('button', 'tab')
      tab.type = 'button'
      tab.dataset.event = event.eventTicker
      tab.role = 'tab'
      return tab
    },
    (tab, event) => {
      const isSelected = event.eventTicker === selected
      const mu = event.pmf?.mu
      const detail = event.isFinished ? 'final' : typeof mu === 'number' ? `μ ${fixed(mu, 1)}` : ''
      setText(tab, `${shortEvent(event.eventTicker)}${detail && `  ${detail}`}`)
      setTitle(tab, event.eventTicker)
      setClass(tab, `tab${isSelected ? ' selected' : ''}${event.isFinished ? ' finished' : ''}`)
      tab.setAttribute('aria-selected', String(isSelected))
    },
  )
}

export function renderLadder(event, { positions, status }, resting) {
  const rows = event?.rows ?? []
  markSynthetic('ladder', event?.isSynthetic ?? false)
  setText(byId('ladder-meta'), event ? metaText(event, status) : '')
  const empty = byId('ladder-empty')
  setHidden(empty, rows.length > 0)
  if (rows.length === 0) {
    setText(empty, 'Waiting for markets (md.market-listed) and their first ladder frame.')
  }
  const scale = barScale(rows)
  setText(byId('ladder-head').querySelector('.bars'), `0–${scale * 100}%  market / model`)
  keyed(
    byId('ladder-rows'),
    rows,
    (row) => row.marketTicker,
    () => {
      const node = cells(CLASSES)
      node.children[8].append(bar())
      return node
    },
    (node, row) => {
      const { marketTicker } = row
      fillRow(node, row, positions.get(marketTicker), resting.get(marketTicker) ?? [], scale)
    },
  )
  setHidden(byId('ladder-foot'), rows.length === 0)
  if (event) renderFoot(event)
  renderGates(event)
}

function metaText(event, status) {
  const { frame, closeTimeUs, settlement, weather, pmf } = event
  const parts = []
  if (pmf && !event.isFinished) parts.push(weightsText(pmf.weights))
  if (settlement) {
    const value = settlement.maxTempF === null ? '' : ` ${settlement.maxTempF}°F`
    parts.push(`settled${value} (${settlement.source})`)
  }
  if (!event.isFinished && weather) {
    if (weather.hardLowerF !== null) parts.push(`high so far ≥ ${weather.hardLowerF}°F`)
    if (weather.probabilityOfNewHigh !== null) {
      parts.push(`new high ${percent(weather.probabilityOfNewHigh, 0)}%`)
    }
  }
  if (!frame) parts.push('waiting for the first ladder frame')
  else if (!event.isFinished) parts.push(`frame ${clock(frame.timeUs)}`)
  const leftUs = closeTimeUs - status.eventTimeUs
  parts.push(leftUs > 0 ? `closes in ${duration(leftUs)}` : 'closed')
  return parts.join('  ·  ')
}

/** What the PMF was made of. */
function weightsText({ market, weather }) {
  const whole = market + weather || 1
  return `PMF of market ${percent(market / whole, 0)}%, weather ${percent(weather / whole, 0)}%`
}

function fillRow(node, row, position, resting, scale) {
  const { quote, p, sd, weatherP } = row
  const cell = node.children
  const isQuoted = quote !== null && quote.quoteState !== 'empty'
  setClass(node, rowClass(row))
  setText(cell[0], row.label)
  setTitle(cell[0], row.marketTicker)
  setNumber(cell[1], position?.positionCenti || null, signedContracts, 'position')
  setText(cell[2], restingText(resting))
  setTitle(cell[2], resting.map(restingLine).join('\n'))
  setText(cell[3], isQuoted && quote.bidBps > 0 ? contracts(quote.bidCenti) : NONE)
  setText(cell[4], isQuoted && quote.bidBps > 0 ? cents(quote.bidBps) : NONE)
  setText(cell[5], isQuoted && quote.askBps < 10_000 ? cents(quote.askBps) : NONE)
  setText(cell[6], isQuoted && quote.askBps < 10_000 ? contracts(quote.askCenti) : NONE)
  setClass(cell[4], 'num bid')
  setClass(cell[5], 'num ask')
  setText(cell[7], percent(quote?.mid ?? null))
  fillBar(cell[8].firstChild, row, scale)
  setText(cell[9], percent(p))
  setText(cell[10], percent(sd))
  const mid = quote?.mid ?? null
  setNumber(cell[11], p === null || mid === null ? null : (p - mid) * 100, (v) => signed(v, 1))
  setText(cell[12], percent(weatherP))
  setStatistic(cell[13], quote?.velocityT)
  setStatistic(cell[14], quote?.accelerationT)
  setStatistic(cell[15], quote?.rasZ)
  setNumber(cell[16], quote?.ofi5s ?? null, (v) => signed(v, 0))
  setNumber(cell[17], quote?.ofi60s ?? null, (v) => signed(v, 0))
  setNumber(cell[18], quote?.signedFlow30s ?? null, (v) => signed(v, 0))
  const [text, kind, title] = stateOf(row)
  setText(cell[19], text)
  setClass(cell[19], `state ${kind}`)
  setTitle(cell[19], title)
}

function rowClass({ quote, result, settlementValueBps }) {
  if (result) return result === 'yes' || settlementValueBps === 10_000 ? 'won' : 'lost'
  if (!quote) return 'unquoted'
  if (quote.quoteState === 'stale' || quote.quoteState === 'crossed') return 'suspect'
  return quote.isActive ? '' : 'inactive'
}

/** What to know about the quote before believing it. */
function stateOf({ quote, result, settlementValueBps, untradableReason, status }) {
  if (result === 'scalar') return [`paid ${cents(settlementValueBps)}`, 'result', status]
  if (result) return [result === 'yes' ? 'YES ✓' : 'no', `result ${result}`, status]
  if (untradableReason) return ['untradable', 'warn', untradableReason]
  if (!quote) return ['no frame', 'dim', 'No ladder frame yet']
  if (quote.quoteState === 'stale') return ['STALE', 'alarm', 'The book is not to be believed']
  if (quote.quoteState === 'crossed') return ['CROSSED', 'alarm', 'Bid at or above ask']
  if (quote.quoteState !== 'two') return [quote.quoteState, 'warn', 'One side of the book is empty']
  return quote.isActive ? ['', '', ''] : ['inactive', 'dim', 'Not active: left out of RAS']
}

const restingText = (orders) => {
  if (orders.length === 0) return NONE
  if (orders.length > 1) return `${orders.length} orders`
  const [{ side, remainingCenti, priceBps }] = orders
  return `${side === 'yes' ? 'Y' : 'N'} ${contracts(remainingCenti)}@${cents(priceBps)}`
}

const restingLine = ({ side, remainingCenti, priceBps, state, strategy }) =>
  `${side.toUpperCase()} ${contracts(remainingCenti)} @ ${cents(priceBps)}¢ · ${state} · ${strategy}`

function setNumber(cell, value, format, className = '') {
  setText(cell, value === null ? NONE : format(value))
  setClass(cell, `num ${value === null ? 'none' : signClass(value)} ${className}`.trim())
}

/** Faint below 2, plain from 2, strong from 3 standard errors. */
function setStatistic(cell, value) {
  const size = Math.abs(value ?? 0)
  const strength = size >= 3 ? 'strong' : size >= 2 ? 'notable' : 'weak'
  setNumber(cell, value ?? null, (v) => signed(v, 1), strength)
}

/** The end of the bars' axis: steps, so that it seldom moves. */
function barScale(rows) {
  const values = rows.flatMap(({ quote, p, sd, weatherP }) => [
    quote?.mid ?? 0,
    (p ?? 0) + (sd ?? 0),
    weatherP ?? 0,
  ])
  const most = Math.max(0, ...values)
  return [0.25, 0.5, 0.75].find((step) => most <= step) ?? 1
}

function bar() {
  const node = element('div', 'bar')
  for (const part of ['market', 'spread', 'model', 'sd', 'wx']) node.append(element('i', part))
  return node
}

function fillBar(node, { quote, p, sd, weatherP }, scale) {
  const share = (value) => `${(Math.min(Math.max(value / scale, 0), 1) * 100).toFixed(2)}%`
  const [market, spread, model, band, wx] = node.children
  const hasMid = quote !== null && quote.mid !== null
  setHidden(market, !hasMid)
  setHidden(spread, !hasMid)
  if (hasMid) {
    setVariable(market, '--to', share(quote.mid))
    setVariable(spread, '--from', share(quote.bidBps / 10_000))
    setVariable(spread, '--to', share(quote.askBps / 10_000))
  }
  setHidden(model, p === null)
  setHidden(band, p === null || sd === null)
  if (p !== null) setVariable(model, '--to', share(p))
  if (p !== null && sd !== null) {
    setVariable(band, '--from', share(p - sd))
    setVariable(band, '--to', share(p + sd))
  }
  setHidden(wx, weatherP === null)
  if (weatherP !== null) setVariable(wx, '--to', share(weatherP))
}

function renderFoot({ rows, pmf }) {
  const cell = byId('ladder-foot').firstChild.children
  const mids = rows.reduce((sum, row) => sum + (row.quote?.mid ?? 0), 0)
  const total = rows.reduce((sum, row) => sum + (row.p ?? 0), 0)
  setText(cell[0], 'Sum')
  setText(cell[7], percent(pmf?.sumOfMids ?? mids))
  setText(cell[9], pmf?.isFeasible ? percent(total) : NONE)
  setText(cell[8], pmfText(pmf))
  setTitle(cell[8], pmfText(pmf))
  setClass(cell[8], pmf && !pmf.isFeasible ? 'bars bad' : 'bars')
}

function pmfText(pmf) {
  if (!pmf) return 'waiting for a PMF'
  return pmf.isFeasible ? '' : `no PMF: ${pmf.reason || 'infeasible'}`
}

/** The last evaluation of each strategy: which gates stand in the way of a trade. */
function renderGates(event) {
  const evaluations = event && !event.isFinished ? event.evaluations : []
  keyed(
    byId('gates'),
    evaluations,
    (evaluation) => evaluation.strategy,
    () => {
      const node = element('div', 'evaluation')
      node.append(element('span', 'strategy'), element('span', 'decision'), element('div', 'chips'))
      return node
    },
    (node, { strategy, decision, isShadow, reason, evBps, gates, id }) => {
      const [name, verdict, chips] = node.children
      setClass(node, isShadow ? 'evaluation shadow' : 'evaluation')
      setText(name, strategy)
      setTitle(name, isShadow ? 'In shadow: evaluated and logged, sends no orders' : '')
      const ev = evBps === null ? '' : ` · EV ${signed(evBps / 100, 1)}¢`
      setText(verdict, `${decision === 'trade' ? 'trade' : `no-trade: ${reason}`}${ev}`)
      setClass(verdict, `decision why-link ${decision}`)
      verdict.dataset.why = id
      keyed(
        chips,
        gates,
        ({ gate }) => gate,
        () => element('span', 'chip'),
        fillGate,
      )
    },
  )
  setHidden(byId('gates'), evaluations.length === 0)
}

function fillGate(chip, { gate, value, threshold, passed }) {
  const limit = threshold === null ? '' : ` / ${compact(threshold)}`
  setText(chip, `${passed ? '✓' : '✕'} ${gate} ${value === null ? NONE : compact(value)}${limit}`)
  setClass(chip, `chip ${passed ? 'passed' : 'failed'}`)
}

const compact = (value) => fixed(value, Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : 2)
