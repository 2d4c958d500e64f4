import type { Prng } from '@kwm/std'

export const MINUTES_PER_DAY = 1_440
const MINUTES_PER_OBSERVATION = 5

/**
 * The weather of one synthetic climate day, local standard time:
 *
 *     T(minute) = diurnal curve + weather + turbulence
 *
 * Weather is a slow AR(1) residual (fronts, cloud decks), turbulence is independent from minute to
 * minute and strongest in the afternoon. Both are Gaussian, so what is still to come depends on the
 * past through the present weather residual alone: the true probabilities use that.
 */
export type DayWeather = {
  readonly lowF: number
  readonly highF: number
  /** Minutes after midnight at which the curve is lowest and highest. */
  readonly lowMinute: number
  readonly highMinute: number
  readonly weatherSdF: number
  readonly weatherTauMinutes: number
  readonly turbulenceNightSdF: number
  readonly turbulenceDaySdF: number
}

export type TemperaturePath = {
  readonly weather: DayWeather
  /** The diurnal curve, the slow residual and the reading of each minute of the day. */
  readonly curveF: Float64Array
  readonly residualF: Float64Array
  readonly tempF: Float64Array
  /** The highest reading of minutes 0..i. */
  readonly runningMaxF: Float64Array
  /** Means of five minutes, as a station reports them; index k is known at minute 5k + 5. */
  readonly observationsF: Float64Array
  /** The official daily maximum: whole degrees, halves up. */
  readonly officialHighF: number
}

/** A day's climate drawn from the seed: a November in the Northeast. */
export function drawDayWeather(prng: Prng): DayWeather {
  const highF = 42 + 18 * prng.nextFloat()
  return {
    lowF: highF - (9 + 7 * prng.nextFloat()),
    highF,
    lowMinute: Math.round(60 * (5.5 + prng.nextFloat())),
    highMinute: Math.round(60 * (13.7 + 1.6 * prng.nextFloat())),
    weatherSdF: 1.6 + 0.7 * prng.nextFloat(),
    weatherTauMinutes: 420 + 180 * prng.nextFloat(),
    turbulenceNightSdF: 0.15,
    turbulenceDaySdF: 0.35 + 0.2 * prng.nextFloat(),
  }
}

export function temperaturePath(weather: DayWeather, prng: Prng): TemperaturePath {
  const { weatherSdF } = weather
  const { persistence, stepSdF } = residualStep(weather)
  const curveF = new Float64Array(MINUTES_PER_DAY)
  const residualF = new Float64Array(MINUTES_PER_DAY)
  const tempF = new Float64Array(MINUTES_PER_DAY)
  const runningMaxF = new Float64Array(MINUTES_PER_DAY)
  let residual = weatherSdF * prng.nextNormal()
  let maximum = -Infinity
  for (let minute = 0; minute < MINUTES_PER_DAY; minute++) {
    if (minute > 0) residual = persistence * residual + stepSdF * prng.nextNormal()
    residualF[minute] = residual
    curveF[minute] = diurnalCurveF(weather, minute)
    tempF[minute] = curveF[minute]! + residual + turbulenceSdF(weather, minute) * prng.nextNormal()
    maximum = Math.max(maximum, tempF[minute]!)
    runningMaxF[minute] = maximum
  }
  return {
    weather,
    curveF,
    residualF,
    tempF,
    runningMaxF,
    observationsF: fiveMinuteMeans(tempF),
    officialHighF: Math.floor(maximum + 0.5),
  }
}

/** One minute of the AR(1) residual: `next = persistence × now + stepSdF × normal`. */
export function residualStep(weather: DayWeather): {
  readonly persistence: number
  readonly stepSdF: number
} {
  const persistence = Math.exp(-1 / weather.weatherTauMinutes)
  return { persistence, stepSdF: weather.weatherSdF * Math.sqrt(1 - persistence ** 2) }
}

/** Half cosines: low to high by day, high to the next low by night. */
export function diurnalCurveF(weather: DayWeather, minute: number): number {
  const { lowF, highF, lowMinute, highMinute } = weather
  if (minute >= lowMinute && minute <= highMinute) {
    const rise = (minute - lowMinute) / (highMinute - lowMinute)
    return lowF + (highF - lowF) * 0.5 * (1 - Math.cos(Math.PI * rise))
  }
  const sinceHigh =
    minute > highMinute ? minute - highMinute : minute + MINUTES_PER_DAY - highMinute
  const fall = sinceHigh / (MINUTES_PER_DAY - highMinute + lowMinute)
  return lowF + (highF - lowF) * 0.5 * (1 + Math.cos(Math.PI * fall))
}

/** Strongest an hour before the hottest minute, by a Gaussian with a width of three hours. */
export function turbulenceSdF(weather: DayWeather, minute: number): number {
  const { turbulenceNightSdF, turbulenceDaySdF, highMinute } = weather
  const distance = (minute - highMinute + 60) / 180
  return (
    turbulenceNightSdF +
    (turbulenceDaySdF - turbulenceNightSdF) * Math.exp(-0.5 * distance * distance)
  )
}

function fiveMinuteMeans(tempF: Float64Array): Float64Array {
  const means = new Float64Array(MINUTES_PER_DAY / MINUTES_PER_OBSERVATION)
  for (let k = 0; k < means.length; k++) {
    let sum = 0
    for (let i = 0; i < MINUTES_PER_OBSERVATION; i++) sum += tempF[k * MINUTES_PER_OBSERVATION + i]!
    means[k] = sum / MINUTES_PER_OBSERVATION
  }
  return means
}
