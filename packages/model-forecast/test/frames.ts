import type { ForecastInput, Frame } from '../src/index.ts'

/** A ladder of two-sided rows with the given mids, in dollars; `extra` changes rows by index. */
export function frameOf(
  mids: readonly number[],
  extra: Readonly<Record<number, Partial<Frame['rows'][number]>>> = {},
): Frame {
  return {
    eventTicker: 'KXHIGHNY-26NOV20',
    seriesTicker: 'KXHIGHNY',
    closeTimeUs: 90_000_000_000,
    centres: mids.map((_, j) => 50 + 2 * j),
    isPartition: true,
    trigger: 'tick',
    rows: mids.map((mid, j) => ({
      marketTicker: `KXHIGHNY-26NOV20-B${50 + 2 * j}.5`,
      quoteState: 'two',
      bidBps: Math.max(1, Math.round(mid * 1e4) - 100),
      askBps: Math.round(mid * 1e4) + 100,
      bidCenti: 10_000,
      askCenti: 10_000,
      mid,
      fairMid: mid,
      fairVar: 1e-4,
      microprice: mid,
      queueImbalance: 0,
      depthImbalance: 0,
      ofi5s: 0,
      ofi60s: 0,
      signedFlow30s: 0,
      volume10min: 0,
      velocity: 0,
      velocitySe: 0.01,
      acceleration: 0,
      accelerationSe: 0.01,
      ras: 0,
      rasZ: 0,
      isActive: true,
      ...extra[j],
    })),
  }
}

export const inputAt = (timeUs: number, data: Frame): ForecastInput => ({
  type: 'feature.ladder-frame.v1',
  id: `features-${timeUs}-0`,
  causationId: 'x',
  eventTimeUs: timeUs,
  ingestTimeUs: timeUs,
  data,
})
