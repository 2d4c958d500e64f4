/**
 * What a provider must know of a station. The registry of stations is not here: whoever asks hands
 * over the ones that are wanted.
 */
export type WeatherStation = {
  /** `KMDW`: the `stationId` of every fact. */
  readonly icao: string
  /** The climate report that names it, `CLIMDW`. */
  readonly report: string
  /** Local standard time minus UTC, all year. */
  readonly stdOffsetMinutes: number
  readonly latitude: number
  readonly longitude: number
  /** Of NOAA's daily archive. */
  readonly ghcnId: string | null
}

/** `MDW`: the three letters that CLI, CF6 and DSM are filed under. */
export const reportCode = ({ report }: WeatherStation): string => report.slice(3)
