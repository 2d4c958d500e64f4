import { z } from 'zod'
import { envelope } from './envelope.ts'
import { climateDate, eventTicker, marketTicker, probability, stationId, timeUs } from './units.ts'

/** A PMF over whole °F: `p[i]` is of `lowestF + i`. */
export const wholeDegreePmf = z.strictObject({
  lowestF: z.int(),
  p: z.array(probability).min(1).max(256),
})

/**
 * What the weather alone says of an event: bracket probabilities and hazards of a new high. What is
 * not known is null, with the reason: never a number made up.
 */
export const weatherPmfV1 = envelope({
  type: 'pmf.weather-pmf.v1',
  data: z.strictObject({
    eventTicker,
    stationId,
    climateDate,
    /** `p` is null, for all of them, where `blockedReason` says why. */
    brackets: z
      .array(z.strictObject({ marketTicker, p: probability.nullable() }))
      .min(1)
      .max(256),
    blockedReason: z.string().min(1).max(200).nullable(),
    /** `nowcast`: a forecast held against the station; `forecast`: one that is not, yet. */
    basis: z.enum(['nowcast', 'forecast', 'ensemble', 'pooled', 'running-high', 'report', 'none']),
    /** Of the value the event settles on, whole °F. */
    pmf: wholeDegreePmf.nullable(),
    /** No official maximum can be lower: proven by exact readings. */
    hardLowerF: z.int().nullable(),
    /** The official maximum so far; its PMF, not a number. */
    runningHigh: z
      .strictObject({
        modeF: z.int(),
        pmf: wholeDegreePmf,
        reachedTimeUs: timeUs.nullable(),
        /** Minutes nobody saw that could hide a higher one. */
        unseenMinutes: z.int().nonnegative(),
      })
      .nullable(),
    hazard15min: probability.nullable(),
    hazard60min: probability.nullable(),
    probabilityOfNewHigh: probability.nullable(),
    /** P(the maximum is reached in each hour of local standard time). */
    timeOfMax: z.array(probability).length(24).nullable(),
    /** The feed the nowcast stands on. */
    feed: z
      .strictObject({
        source: z.string().min(1).max(32),
        type: z.enum(['tenth-f', 'whole-f', 'whole-c', 'smooth']),
        newestTimeUs: timeUs,
        /** Bad rows by rows due, over the last two hours. */
        badShare: probability,
      })
      .nullable(),
    forecast: z.strictObject({ source: z.string().min(1).max(32), issueTimeUs: timeUs }).nullable(),
    ensemble: z.strictObject({ source: z.string().min(1).max(32), issueTimeUs: timeUs }).nullable(),
    /** The station was so far from the forecast that its deviations were widened. */
    isWidened: z.boolean(),
    modelVersion: z.string().max(64),
  }),
})
export type WeatherPmfV1 = z.infer<typeof weatherPmfV1>
