import { quotedFeatures, type OrderBook } from '@kwm/model-book'
import type { BookChurn } from './book-churn.ts'
import type { LadderRowDraft } from './ladder-row.ts'
import { integratedOrderFlow, type OrderFlowImbalance } from './order-flow-imbalance.ts'
import type { TradeFlow } from './trade-flow.ts'

/** Windows of the flows in a row, in the order of the functions below. */
export const ROW_OFI_WINDOWS_US: readonly number[] = [5_000_000, 15_000_000, 60_000_000]
export const ROW_FLOW_WINDOWS_US: readonly number[] = [
  ...[10_000_000, 30_000_000],
  ...[300_000_000, 600_000_000],
]
export const FLOW_30S = 1
const [OFI_5S, OFI_15S, OFI_60S] = [0, 1, 2] as const
const [FLOW_10S, FLOW_300S, FLOW_10MIN] = [0, 2, 3] as const
const CENTI = 100

const QUOTE_STATES = {
  two: 'two',
  bidOnly: 'bid-only',
  askOnly: 'ask-only',
  empty: 'empty',
  crossed: 'crossed',
} as const

/**
 * What the levels say, by the book's best quotes as it wrote them. Of a book that is stale or crossed
 * only the very best, for the reader.
 */
export function fillBook(
  row: LadderRowDraft,
  of: OrderBook,
  quotes: Float64Array,
  isUsable: boolean,
): void {
  const book = quotedFeatures(of, quotes)
  row.quoteState = of.isStale ? 'stale' : QUOTE_STATES[book.quoteState]
  row.bidBps = book.bestYesBidBps
  row.askBps = book.bestYesAskBps
  row.bidCenti = book.bidCountCenti
  row.askCenti = book.askCountCenti
  row.fairMid = book.fairMid
  row.fairVar = book.fairVar
  if (!isUsable) return
  row.spreadBps = book.quoteState === 'two' ? book.spreadBps : null
  row.mid = book.mid
  row.microprice = book.microprice
  row.queueImbalance = book.queueImbalance
  row.depthImbalance = book.depthImbalance
  row.depthImbalanceWeighted = book.depthImbalanceWeighted
  row.bidSlope = book.bidDepthSlope
  row.askSlope = book.askDepthSlope
  row.bidDepth = depthCurve(quotes, 1)
  row.askDepth = depthCurve(quotes, 3)
}

/** Of the w-th window. */
export function fillOrderFlow(
  row: LadderRowDraft,
  ofi: OrderFlowImbalance,
  w: number,
  loadings: readonly number[],
): void {
  const contracts = ofi.ofiCenti(w) / CENTI
  const norm = normalised(ofi, w)
  const levels = levelsOf(ofi, w)
  const joined = integrated(ofi, w, levels, loadings)
  if (w === OFI_5S) {
    row.ofi5s = contracts
    row.ofiNorm5s = norm
    row.ofiLevels5s = levels
    row.ofiIntegrated5s = joined
  } else if (w === OFI_15S) {
    row.ofi15s = contracts
    row.ofiNorm15s = norm
    row.ofiLevels15s = levels
    row.ofiIntegrated15s = joined
  } else if (w === OFI_60S) {
    row.ofi60s = contracts
    row.ofiNorm60s = norm
    row.ofiLevels60s = levels
    row.ofiIntegrated60s = joined
  }
}

export function fillChurn(row: LadderRowDraft, churn: BookChurn): void {
  row.churnRate60s = churn.churnRate
  row.cancelRatio60s = churn.cancelRatio
  row.emptyBooks60s = churn.emptyCount
}

/** Of the w-th window; enough volume is `volumeMinCenti` in ten minutes. */
export function fillTradeFlow(
  row: LadderRowDraft,
  flow: TradeFlow,
  w: number,
  volumeMinCenti: number,
): void {
  const volumeCenti = flow.volumeCenti(w)
  const signedCenti = flow.signedCenti(w)
  const imbalance = volumeCenti > 0 ? signedCenti / volumeCenti : null
  if (w === FLOW_10S) {
    row.signedFlow10s = signedCenti / CENTI
    row.flowImbalance10s = imbalance
  } else if (w === FLOW_30S) {
    row.signedFlow30s = signedCenti / CENTI
    row.flowImbalance30s = imbalance
    row.vwap30s = flow.vwap(w)
  } else if (w === FLOW_300S) {
    row.signedFlow300s = signedCenti / CENTI
    row.flowImbalance300s = imbalance
    row.vwap300s = flow.vwap(w)
  } else if (w === FLOW_10MIN) {
    row.volume10min = volumeCenti / CENTI
    row.hasVolume = volumeCenti >= volumeMinCenti
  }
}

/** Contracts at the best level, the best two and so on, by the counts from `at` on. */
function depthCurve(quotes: Float64Array, at: number): number[] {
  const curve: number[] = []
  let centi = 0
  for (let i = at; i < quotes.length && quotes[i]! > 0; i += 4) {
    centi += quotes[i]!
    curve.push(centi / CENTI)
  }
  return curve
}

function levelsOf(ofi: OrderFlowImbalance, w: number): number[] {
  const levels: number[] = []
  for (let m = 0; m < ofi.levels; m++) levels.push(ofi.ofiCenti(w, m) / CENTI)
  return levels
}

function normalised(ofi: OrderFlowImbalance, w: number): number | null {
  const depthCenti = ofi.averageDepthCenti(w)
  return depthCenti === null || depthCenti === 0 ? null : ofi.ofiCenti(w) / depthCenti
}

function integrated(
  ofi: OrderFlowImbalance,
  w: number,
  levels: readonly number[],
  loadings: readonly number[],
): number | null {
  const depthCenti = ofi.meanDepthCenti(w)
  return depthCenti === null ? null : integratedOrderFlow(levels, depthCenti / CENTI, loadings)
}
