import {
  readAsosCsv,
  readEnsemble,
  readTimelineForecast,
  readTimelineMinutes,
  type Fact,
  type Reading,
} from '@kwm/adapter-weather'
import type { AnyEvent } from '@kwm/contracts'
import { SYNTHETIC_STATION } from '@kwm/model-weather'
import { asosCsv, openMeteoBody, visualCrossingBody, type SyntheticStation } from '@kwm/sim'
import { assert } from '@kwm/std'

const POLL_US = 300_000_000
/** What was published at a round time is there a minute later. */
const DELAY_US = 60_000_000

/**
 * The weather of a synthetic day as facts, when they would be known: the bodies its providers would
 * send, through the same parsers as live ones, every five minutes.
 */
export class InProcessWeather {
  readonly #station: SyntheticStation
  #pollUs = 0
  #seenUs = 0
  #eventNo = 0

  constructor(station: SyntheticStation) {
    this.#station = station
  }

  /** What is new at `nowUs`. The first time: forecasts, and the day so far. */
  due(nowUs: number): AnyEvent[] {
    if (nowUs < this.#pollUs) return []
    const isFirst = this.#pollUs === 0
    this.#pollUs = Math.floor((nowUs - DELAY_US) / POLL_US) * POLL_US + POLL_US + DELAY_US
    const station = this.#station
    const readings = [
      readTimelineMinutes(visualCrossingBody(station, nowUs, this.#seenUs), SYNTHETIC_STATION),
      readAsosCsv(asosCsv(station, nowUs), [SYNTHETIC_STATION], 'iem'),
    ]
    if (isFirst) {
      const forecast = visualCrossingBody(station, -Infinity)
      readings.push(
        readTimelineForecast(forecast, SYNTHETIC_STATION, null, nowUs),
        readEnsemble(openMeteoBody(station), [SYNTHETIC_STATION], ['synthetic'], nowUs),
      )
    }
    const facts = readings.flatMap(factsOf).filter((fact) => this.#isNew(fact, nowUs))
    this.#seenUs = nowUs
    return facts.map((fact) => this.#eventOf(fact, nowUs))
  }

  #isNew({ type, eventTimeUs }: Fact, nowUs: number): boolean {
    return type !== 'wx.observation.v1' || (eventTimeUs > this.#seenUs && eventTimeUs <= nowUs)
  }

  #eventOf({ type, eventTimeUs, data }: Fact, ingestTimeUs: number): AnyEvent {
    const id = `in-process-weather-${this.#eventNo++}`
    const revised = type === 'wx.observation.v1' ? { ...data, revision: 0 } : data
    return { type, id, causationId: id, eventTimeUs, ingestTimeUs, data: revised } as AnyEvent
  }
}

function factsOf(reading: Reading): readonly Fact[] {
  assert(reading.isRead, reading.isRead ? '' : `synthetic weather: ${reading.detail}`)
  return reading.facts
}
