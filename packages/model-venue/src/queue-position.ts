import { assert, unreachable } from '@kwm/std'

/**
 * How a shrinking level is split between orders ahead of us and behind us, when only the level's
 * total is visible. `risk-averse`: all behind. `power` and `log`: in proportion to f(size behind)
 * and f(size ahead), f = x^exponent or ln(1 + x) with x in contracts. (hftbacktest's L2 models.)
 */
export type QueueModel =
  | { readonly kind: 'risk-averse' }
  | { readonly kind: 'power'; readonly exponent: number }
  | { readonly kind: 'log' }

/**
 * One resting order in the queue of its level. Plain data; counts in 0.01 contract, `frontCenti` a
 * float because it is an estimate, negative once trades have reached past us.
 */
export type QueuePosition = {
  readonly frontCenti: number
  readonly levelCenti: number
  readonly tradedSinceDepthCenti: number
  readonly tradedCenti: number
  readonly ownCenti: number
  readonly filledCenti: number
}

export type QueueEvent =
  /** The level's new total, our own order not counted. */
  | { readonly type: 'depth'; readonly levelCenti: number }
  /** A trade at our price, against our side. */
  | { readonly type: 'trade'; readonly countCenti: number }
  /** A trade at a worse price than ours, or the other side quoted at or through us. */
  | { readonly type: 'crossed' }

const CENTI_PER_CONTRACT = 100

/** Join the back of a level that holds `levelCenti` of other people's orders. */
export function joinQueue(levelCenti: number, ownCenti: number): QueuePosition {
  assert(Number.isSafeInteger(levelCenti) && levelCenti >= 0, `level: ${levelCenti}`)
  assert(Number.isSafeInteger(ownCenti) && ownCenti > 0, `own size: ${ownCenti}`)
  return {
    frontCenti: levelCenti,
    levelCenti,
    tradedSinceDepthCenti: 0,
    tradedCenti: 0,
    ownCenti,
    filledCenti: 0,
  }
}

/**
 * One event. `lotCenti` is the unit fills come in: 1, as fractional trading is on everywhere.
 *
 * Cancels never fill: what is filled never exceeds what traded at our price, although the model's
 * estimate of the front may run below zero on a large cancel.
 */
export function stepQueue(
  position: QueuePosition,
  event: QueueEvent,
  model: QueueModel,
  lotCenti = 1,
): QueuePosition {
  switch (event.type) {
    case 'depth':
      return afterDepth(position, event.levelCenti, model)
    case 'trade':
      return afterTrade(position, event.countCenti, lotCenti)
    case 'crossed':
      return { ...position, filledCenti: position.ownCenti }
    default:
      return unreachable(event)
  }
}

function afterTrade(position: QueuePosition, countCenti: number, lotCenti: number): QueuePosition {
  assert(Number.isSafeInteger(countCenti) && countCenti > 0, `trade count: ${countCenti}`)
  const frontCenti = position.frontCenti - countCenti
  const tradedCenti = position.tradedCenti + countCenti
  const reachedCenti = Math.min(-frontCenti, tradedCenti, position.ownCenti)
  const lots = Math.max(0, Math.floor(reachedCenti / lotCenti))
  return {
    ...position,
    frontCenti,
    tradedCenti,
    tradedSinceDepthCenti: position.tradedSinceDepthCenti + countCenti,
    filledCenti: Math.max(position.filledCenti, lots * lotCenti),
  }
}

function afterDepth(position: QueuePosition, levelCenti: number, model: QueueModel): QueuePosition {
  assert(Number.isSafeInteger(levelCenti) && levelCenti >= 0, `level: ${levelCenti}`)
  // What traded has already left the front; only the rest of the change is cancels.
  const canceledCenti = position.levelCenti - levelCenti - position.tradedSinceDepthCenti
  const estimateCenti = frontAfterCancel(position, canceledCenti, model)
  return {
    ...position,
    frontCenti: Math.min(estimateCenti, levelCenti),
    levelCenti,
    tradedSinceDepthCenti: 0,
  }
}

function frontAfterCancel(
  position: QueuePosition,
  canceledCenti: number,
  model: QueueModel,
): number {
  const { frontCenti, levelCenti } = position
  if (canceledCenti < 0 || model.kind === 'risk-averse') return frontCenti
  const backCenti = levelCenti - frontCenti
  const back = weight(model, backCenti)
  const front = weight(model, frontCenti)
  const shareBehind = back + front > 0 ? back / (back + front) : 1
  const overflowCenti = Math.min(backCenti - shareBehind * canceledCenti, 0)
  return frontCenti - (1 - shareBehind) * canceledCenti + overflowCenti
}

function weight(model: Exclude<QueueModel, { kind: 'risk-averse' }>, sizeCenti: number): number {
  const contracts = Math.max(0, sizeCenti) / CENTI_PER_CONTRACT
  return model.kind === 'power' ? contracts ** model.exponent : Math.log1p(contracts)
}
