import type { LadderEvent, LadderRow } from '@kwm/contracts'
import { fail } from '@kwm/std'

/**
 * Fields of a row that are one number or flag. Money and levels as they are quoted are left out: what
 * they say is in the features made of them.
 */
const ROW_FIELDS = [
  ...(['mid', 'fairMid', 'fairVar', 'microprice', 'spreadBps', 'queueImbalance'] as const),
  ...(['depthImbalance', 'depthImbalanceWeighted', 'bidSlope', 'askSlope'] as const),
  ...(['ofi5s', 'ofi15s', 'ofi60s', 'ofiNorm5s', 'ofiNorm15s', 'ofiNorm60s'] as const),
  ...(['ofiIntegrated5s', 'ofiIntegrated15s', 'ofiIntegrated60s'] as const),
  ...(['churnRate60s', 'cancelRatio60s', 'emptyBooks60s'] as const),
  ...(['signedFlow10s', 'signedFlow30s', 'signedFlow300s', 'volume10min'] as const),
  ...(['flowImbalance10s', 'flowImbalance30s', 'flowImbalance300s'] as const),
  ...(['vwap30s', 'vwap300s', 'closeLocation300s'] as const),
  ...(['velocity', 'velocityT', 'acceleration', 'accelerationT'] as const),
  ...(['bookVelocity', 'bookDivergenceT', 'ras', 'rasZ', 'accelSpread'] as const),
  ...(['midGap', 'velocityGap', 'ofiNormGap'] as const),
  ...(['correlationUp', 'correlationShiftUp', 'leadLagUp', 'pairGapUp', 'pairGapUpZ'] as const),
  ...(['cusum', 'focus', 'focusStatistic'] as const),
  ...(['hawkesBuy', 'hawkesSell', 'buyShare', 'burst', 'isSpike'] as const),
  ...(['hasVolume', 'isActive', 'quoteAgeMs'] as const),
  ...(['weatherP', 'degreesToEnter', 'degreesToLeave', 'isDead'] as const),
] satisfies readonly (keyof LadderRow)[]

const EVENT_FIELDS = [
  ...(['mu', 'muVelocity', 'muVelocitySe', 'muAcceleration', 'muAccelerationSe'] as const),
  ...(['muCusum', 'muFocus', 'hazard15min', 'hazard60min', 'probabilityOfNewHigh'] as const),
  ...(['weatherAgeMs', 'minutesToClose'] as const),
] satisfies readonly (keyof LadderEvent)[]

/** The hour as a point on a circle: midnight is near midnight. */
const CLOCK_FIELDS = ['localHourSin', 'localHourCos']

/** Names of the features of one bracket, in the order of the vector. */
export const LADDER_FEATURES: readonly string[] = [
  ...ROW_FIELDS,
  ...EVENT_FIELDS.map((field) => `event.${field}`),
  ...CLOCK_FIELDS.map((field) => `event.${field}`),
]

/**
 * Writes one bracket as numbers: `values[offset + i]` is feature i of `LADDER_FEATURES`, a flag as 1
 * or 0; where it is missing 0, and `missing[offset + i]` 1. A regression that is given both tells no
 * value from a value of zero. Allocates nothing.
 */
export function writeLadderFeatures(
  row: LadderRow,
  event: LadderEvent | undefined,
  values: Float64Array,
  missing: Uint8Array,
  offset = 0,
): void {
  const end = offset + LADDER_FEATURES.length
  if (!(offset >= 0 && end <= values.length && end <= missing.length)) fail(`no room at ${offset}`)
  let at = offset
  for (const field of ROW_FIELDS) put(row[field], values, missing, at++)
  for (const field of EVENT_FIELDS) put(event?.[field], values, missing, at++)
  const hour = event?.localHour
  const angle = typeof hour === 'number' ? (2 * Math.PI * hour) / 24 : null
  put(angle === null ? null : Math.sin(angle), values, missing, at++)
  put(angle === null ? null : Math.cos(angle), values, missing, at)
}

function put(
  value: number | boolean | null | undefined,
  values: Float64Array,
  missing: Uint8Array,
  at: number,
): void {
  const isMissing = value === null || value === undefined
  missing[at] = isMissing ? 1 : 0
  values[at] = isMissing ? 0 : Number(value)
}
