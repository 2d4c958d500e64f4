import type { EventOf } from '@kwm/contracts'
import { Prng } from '@kwm/std'

type FrameEvent = EventOf<'feature.ladder-frame.v1'>
type Row = FrameEvent['data']['rows'][number]

const DAY_US = 86_400_000_000
const MONTH_START_US = Date.UTC(2026, 10, 1) * 1_000

export type MarketOptions = {
  readonly days: number
  readonly seed: number
  /** Dollars the mid moves in the next half minute for each contract of order flow. */
  readonly flowEffect: number
  /** Puts the mid half a minute on into the field `futureMidGap`. */
  readonly leaksFuture?: boolean
}

const STEPS = 200

/** Three brackets a day, a frame every 30 s: mids walk at random, pushed by the flow before. */
export function* marketFrames(options: MarketOptions): Generator<FrameEvent> {
  const prng = new Prng(options.seed)
  for (let day = 1; day <= options.days; day++) {
    const mids = [[0.3, 0.4, 0.3]]
    const flows: number[][] = []
    for (let t = 0; t < STEPS; t++) {
      flows.push([0, 1, 2].map(() => 10 * prng.nextNormal()))
      mids.push(
        mids[t]!.map((mid, j) => {
          const moved = mid + options.flowEffect * flows[t]![j]! + 0.02 * prng.nextNormal()
          return Math.min(0.9, Math.max(0.1, moved))
        }),
      )
    }
    for (let t = 0; t < STEPS; t++) {
      const timeUs = MONTH_START_US + (day - 1) * DAY_US + 15 * 3_600_000_000 + t * 30_000_000
      const rows = mids[t]!.map((mid, j) => ({
        ...rowOf(mid, j, flows[t]![j]!),
        ...(options.leaksFuture && { futureMidGap: mids[t + 1]![j]! - mid }),
      }))
      yield frameEvent(day, timeUs, rows)
    }
  }
}

function frameEvent(day: number, timeUs: number, rows: readonly Row[]): FrameEvent {
  return {
    type: 'feature.ladder-frame.v1',
    id: `features-${timeUs}`,
    causationId: 'x',
    eventTimeUs: timeUs,
    ingestTimeUs: timeUs,
    data: {
      eventTicker: `KXHIGHNY-26NOV${String(day).padStart(2, '0')}`,
      seriesTicker: 'KXHIGHNY',
      closeTimeUs: MONTH_START_US + day * DAY_US,
      centres: [50, 52, 54],
      isPartition: true,
      trigger: 'tick',
      rows: [...rows],
    },
  }
}

const rowOf = (mid: number, j: number, ofi5s: number): Row => ({
  marketTicker: `B${j}`,
  quoteState: 'two',
  bidBps: Math.round(mid * 1e4) - 100,
  askBps: Math.round(mid * 1e4) + 100,
  bidCenti: 100,
  askCenti: 100,
  mid,
  fairMid: mid,
  fairVar: 1e-4,
  microprice: mid,
  queueImbalance: 0,
  depthImbalance: null,
  ofi5s,
  ofi60s: null,
  signedFlow30s: 0,
  volume10min: 0,
  velocity: null,
  velocitySe: null,
  acceleration: null,
  accelerationSe: null,
  ras: null,
  rasZ: null,
  isActive: true,
})
