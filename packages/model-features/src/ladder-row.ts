import type { LadderRow } from '@kwm/contracts'

/** A row being filled: every field there, null until it is measured. */
export type LadderRowDraft = {
  -readonly [K in keyof LadderRow]-?: Exclude<LadderRow[K], undefined>
}

/** A class of its own, all fields in one place: an object of so many by a spread is a slow one. */
class Row implements LadderRowDraft {
  marketTicker: LadderRowDraft['marketTicker'] = ''
  quoteState: LadderRowDraft['quoteState'] = 'stale'
  bidBps: LadderRowDraft['bidBps'] = 0
  askBps: LadderRowDraft['askBps'] = 0
  bidCenti: LadderRowDraft['bidCenti'] = 0
  askCenti: LadderRowDraft['askCenti'] = 0
  mid: LadderRowDraft['mid'] = null
  fairMid: LadderRowDraft['fairMid'] = 0
  fairVar: LadderRowDraft['fairVar'] = 0
  microprice: LadderRowDraft['microprice'] = null
  queueImbalance: LadderRowDraft['queueImbalance'] = null
  depthImbalance: LadderRowDraft['depthImbalance'] = null
  ofi5s: LadderRowDraft['ofi5s'] = null
  ofi60s: LadderRowDraft['ofi60s'] = null
  signedFlow30s: LadderRowDraft['signedFlow30s'] = 0
  volume10min: LadderRowDraft['volume10min'] = 0
  velocity: LadderRowDraft['velocity'] = null
  velocitySe: LadderRowDraft['velocitySe'] = null
  acceleration: LadderRowDraft['acceleration'] = null
  accelerationSe: LadderRowDraft['accelerationSe'] = null
  ras: LadderRowDraft['ras'] = null
  rasZ: LadderRowDraft['rasZ'] = null
  isActive: LadderRowDraft['isActive'] = false
  spreadBps: LadderRowDraft['spreadBps'] = null
  depthImbalanceWeighted: LadderRowDraft['depthImbalanceWeighted'] = null
  bidDepth: LadderRowDraft['bidDepth'] = null
  askDepth: LadderRowDraft['askDepth'] = null
  bidSlope: LadderRowDraft['bidSlope'] = null
  askSlope: LadderRowDraft['askSlope'] = null
  ofi15s: LadderRowDraft['ofi15s'] = null
  ofiNorm5s: LadderRowDraft['ofiNorm5s'] = null
  ofiNorm15s: LadderRowDraft['ofiNorm15s'] = null
  ofiNorm60s: LadderRowDraft['ofiNorm60s'] = null
  ofiLevels5s: LadderRowDraft['ofiLevels5s'] = null
  ofiLevels15s: LadderRowDraft['ofiLevels15s'] = null
  ofiLevels60s: LadderRowDraft['ofiLevels60s'] = null
  ofiIntegrated5s: LadderRowDraft['ofiIntegrated5s'] = null
  ofiIntegrated15s: LadderRowDraft['ofiIntegrated15s'] = null
  ofiIntegrated60s: LadderRowDraft['ofiIntegrated60s'] = null
  churnRate60s: LadderRowDraft['churnRate60s'] = null
  cancelRatio60s: LadderRowDraft['cancelRatio60s'] = null
  emptyBooks60s: LadderRowDraft['emptyBooks60s'] = null
  signedFlow10s: LadderRowDraft['signedFlow10s'] = null
  signedFlow300s: LadderRowDraft['signedFlow300s'] = null
  flowImbalance10s: LadderRowDraft['flowImbalance10s'] = null
  flowImbalance30s: LadderRowDraft['flowImbalance30s'] = null
  flowImbalance300s: LadderRowDraft['flowImbalance300s'] = null
  vwap30s: LadderRowDraft['vwap30s'] = null
  vwap300s: LadderRowDraft['vwap300s'] = null
  closeLocation300s: LadderRowDraft['closeLocation300s'] = null
  velocityT: LadderRowDraft['velocityT'] = null
  accelerationT: LadderRowDraft['accelerationT'] = null
  bookVelocity: LadderRowDraft['bookVelocity'] = null
  bookVelocitySe: LadderRowDraft['bookVelocitySe'] = null
  bookDivergenceT: LadderRowDraft['bookDivergenceT'] = null
  accelSpread: LadderRowDraft['accelSpread'] = null
  midGap: LadderRowDraft['midGap'] = null
  velocityGap: LadderRowDraft['velocityGap'] = null
  ofiNormGap: LadderRowDraft['ofiNormGap'] = null
  correlationUp: LadderRowDraft['correlationUp'] = null
  correlationShiftUp: LadderRowDraft['correlationShiftUp'] = null
  leadLagUp: LadderRowDraft['leadLagUp'] = null
  pairGapUp: LadderRowDraft['pairGapUp'] = null
  pairGapUpZ: LadderRowDraft['pairGapUpZ'] = null
  cusum: LadderRowDraft['cusum'] = null
  focus: LadderRowDraft['focus'] = null
  focusStatistic: LadderRowDraft['focusStatistic'] = null
  hawkesBuy: LadderRowDraft['hawkesBuy'] = null
  hawkesSell: LadderRowDraft['hawkesSell'] = null
  buyShare: LadderRowDraft['buyShare'] = null
  burst: LadderRowDraft['burst'] = null
  isSpike: LadderRowDraft['isSpike'] = null
  hasVolume: LadderRowDraft['hasVolume'] = null
  quoteAgeMs: LadderRowDraft['quoteAgeMs'] = null
  weatherP: LadderRowDraft['weatherP'] = null
  degreesToEnter: LadderRowDraft['degreesToEnter'] = null
  degreesToLeave: LadderRowDraft['degreesToLeave'] = null
  isDead: LadderRowDraft['isDead'] = null
}

export function blankRow(marketTicker: string): LadderRowDraft {
  const row = new Row()
  row.marketTicker = marketTicker
  return row
}

/**
 * A new row of what a market said of itself in the last one; what its neighbours, the weather and its
 * intensities add is null again.
 */
export function nextRow(last: LadderRowDraft): LadderRowDraft {
  const row = blankRow(last.marketTicker)
  keepBook(row, last)
  keepFlow(row, last)
  keepMotion(row, last)
  return row
}

function keepBook(row: LadderRowDraft, last: LadderRowDraft): void {
  row.quoteState = last.quoteState
  row.bidBps = last.bidBps
  row.askBps = last.askBps
  row.bidCenti = last.bidCenti
  row.askCenti = last.askCenti
  row.mid = last.mid
  row.fairMid = last.fairMid
  row.fairVar = last.fairVar
  row.microprice = last.microprice
  row.queueImbalance = last.queueImbalance
  row.depthImbalance = last.depthImbalance
  row.spreadBps = last.spreadBps
  row.depthImbalanceWeighted = last.depthImbalanceWeighted
  row.bidDepth = last.bidDepth
  row.askDepth = last.askDepth
  row.bidSlope = last.bidSlope
  row.askSlope = last.askSlope
}

function keepFlow(row: LadderRowDraft, last: LadderRowDraft): void {
  row.ofi5s = last.ofi5s
  row.ofi60s = last.ofi60s
  row.signedFlow30s = last.signedFlow30s
  row.volume10min = last.volume10min
  row.ofi15s = last.ofi15s
  row.ofiNorm5s = last.ofiNorm5s
  row.ofiNorm15s = last.ofiNorm15s
  row.ofiNorm60s = last.ofiNorm60s
  row.ofiLevels5s = last.ofiLevels5s
  row.ofiLevels15s = last.ofiLevels15s
  row.ofiLevels60s = last.ofiLevels60s
  row.ofiIntegrated5s = last.ofiIntegrated5s
  row.ofiIntegrated15s = last.ofiIntegrated15s
  row.ofiIntegrated60s = last.ofiIntegrated60s
  row.churnRate60s = last.churnRate60s
  row.cancelRatio60s = last.cancelRatio60s
  row.emptyBooks60s = last.emptyBooks60s
  row.signedFlow10s = last.signedFlow10s
  row.signedFlow300s = last.signedFlow300s
  row.flowImbalance10s = last.flowImbalance10s
  row.flowImbalance30s = last.flowImbalance30s
  row.flowImbalance300s = last.flowImbalance300s
  row.vwap30s = last.vwap30s
  row.vwap300s = last.vwap300s
  row.closeLocation300s = last.closeLocation300s
  row.hasVolume = last.hasVolume
}

function keepMotion(row: LadderRowDraft, last: LadderRowDraft): void {
  row.velocity = last.velocity
  row.velocitySe = last.velocitySe
  row.acceleration = last.acceleration
  row.accelerationSe = last.accelerationSe
  row.isActive = last.isActive
  row.velocityT = last.velocityT
  row.accelerationT = last.accelerationT
  row.bookVelocity = last.bookVelocity
  row.bookVelocitySe = last.bookVelocitySe
  row.bookDivergenceT = last.bookDivergenceT
  row.cusum = last.cusum
  row.focus = last.focus
  row.focusStatistic = last.focusStatistic
  row.quoteAgeMs = last.quoteAgeMs
}
