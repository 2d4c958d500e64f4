import {
  byId,
  cells,
  keyed,
  markSynthetic,
  setClass,
  setHidden,
  setText,
  setTitle,
  tableHead,
} from './dom.js'
import {
  cents,
  dollars,
  fixed,
  integer,
  NONE,
  shortEvent,
  signClass,
  signedContracts,
  signedDollars,
} from './format.js'

const COLUMNS = [
  ['Market', 'text market'],
  ['Pos', 'num', 'Contracts held: negative is NO'],
  ['Avg ¢', 'num', 'Cost of what is held, cents a contract'],
  ['Mark ¢', 'num', 'Best price of the side that buys it'],
  ['Open', 'num', 'Value at the liquidation side less cost, before fees'],
  ['Realised', 'num', 'The ledger’s, before fees'],
  ['Fees', 'num'],
  ['P&L', 'num', 'Realised and open, after fees'],
  ['Result', 'text result'],
]
const CLASSES = COLUMNS.map(([, className]) => className)

export const initPositions = () => tableHead(byId('positions-head'), COLUMNS)

export function renderPositions({ positions }) {
  const all = [...positions.values()]
  const groups = Map.groupBy(all, (position) => position.eventTicker)
  const rows = [...groups]
    .toReversed()
    .flatMap(([eventTicker, markets]) => [
      { key: `event ${eventTicker}`, eventTicker, markets },
      ...markets.map((position) => ({ key: position.marketTicker, position })),
    ])
  markSynthetic(
    'positions',
    all.some((position) => position.isSynthetic),
  )
  setHidden(byId('positions-empty'), all.length > 0)
  const open = all.filter((position) => position.positionCenti !== 0).length
  const settled = all.filter((position) => position.settled).length
  setText(
    byId('positions-meta'),
    all.length ? `${integer(open)} open · ${integer(settled)} settled` : '',
  )
  keyed(
    byId('positions-rows'),
    rows,
    (row) => row.key,
    (row) => (row.markets ? eventRow() : cells(CLASSES)),
    (node, row) => (row.markets ? fillEvent(node, row) : fillMarket(node, row.position)),
  )
}

const openOf = ({ mark, costMicros }) => (mark ? mark.valueMicros - costMicros : 0)
const pnlOf = (position) => position.realizedPnlMicros - position.feesMicros + openOf(position)
const sum = (items, of) => items.reduce((total, item) => total + of(item), 0)

/** The name of an event stands across the columns that have no sum. */
function eventRow() {
  const row = cells(['text', 'num', 'num', 'num', 'num', 'text'], 'group')
  row.firstChild.colSpan = 4
  return row
}

function fillEvent(node, { eventTicker, markets }) {
  const cell = node.children
  setText(cell[0], shortEvent(eventTicker))
  setTitle(cell[0], eventTicker)
  setMoney(cell[1], sum(markets, openOf))
  setMoney(
    cell[2],
    sum(markets, (p) => p.realizedPnlMicros),
  )
  setText(cell[3], dollars(sum(markets, (p) => p.feesMicros)))
  setMoney(cell[4], sum(markets, pnlOf))
}

function fillMarket(node, position) {
  const { positionCenti, costMicros, mark, settled } = position
  const cell = node.children
  setText(cell[0], position.label)
  setTitle(cell[0], position.marketTicker)
  const heldCenti = settled ? settled.positionCenti : positionCenti
  setText(cell[1], heldCenti === 0 ? NONE : signedContracts(heldCenti))
  setClass(cell[1], settled ? 'num dim' : 'num')
  setTitle(cell[1], settled ? 'Held at settlement' : '')
  const average = positionCenti === 0 ? null : costMicros / Math.abs(positionCenti) / 100
  setText(cell[2], fixed(average, 2))
  setText(cell[3], mark && positionCenti !== 0 ? cents(mark.priceBps) : NONE)
  setClass(cell[3], mark?.isStale ? 'num bad' : 'num')
  setTitle(cell[3], mark?.isStale ? 'The quote is stale or crossed' : '')
  if (positionCenti !== 0 && mark) setMoney(cell[4], openOf(position))
  else setText(cell[4], NONE)
  setMoney(cell[5], position.realizedPnlMicros)
  setText(cell[6], dollars(position.feesMicros))
  setMoney(cell[7], pnlOf(position))
  setText(cell[8], settled ? resultText(settled) : positionCenti === 0 ? 'flat' : 'open')
  setClass(cell[8], `text result ${settled ? 'settled' : ''}`)
  setTitle(cell[8], settled ? `paid out ${dollars(settled.payoutMicros)}` : '')
}

const resultText = ({ valueBps }) =>
  valueBps === 10_000 ? 'YES' : valueBps === 0 ? 'NO' : cents(valueBps)

function setMoney(cell, micros) {
  setText(cell, signedDollars(micros))
  setClass(cell, `num ${signClass(micros)}`)
}
