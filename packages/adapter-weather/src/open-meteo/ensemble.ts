import { z } from 'zod'
import { secondsUs } from '../calendar.ts'
import type { EnsembleFact } from '../fact.ts'
import { readJson } from '../json-body.ts'
import { readParts, refuse, type Reading } from '../reading.ts'
import type { WeatherStation } from '../station.ts'
import { isTemperatureF } from '../temperature.ts'

/** To be shown wherever the data is, by its licence (CC BY 4.0). */
export const OPEN_METEO_ATTRIBUTION = 'Weather data by Open-Meteo.com (CC BY 4.0)'

const series = z.array(z.number().nullable()).max(2_000)
const place = z.looseObject({
  latitude: z.number(),
  longitude: z.number(),
  hourly_units: z.record(z.string(), z.string()),
  hourly: z.looseObject({ time: z.array(z.int()).max(2_000) }).catchall(series),
})
const answer = z.union([z.array(place).max(1_000), place.transform((one) => [one])])
type Place = z.infer<typeof place>

const KEY = /^temperature_2m(?:_member(\d{2,3}))?(?:_([a-z][a-z0-9_]*))?$/
/** A cell of the coarsest model may be this far away, in degrees. */
const APART_MAX = 1
const VALID_TIMES_MAX = 1_024
const MEMBERS_MAX = 256

/**
 * An ensemble answer in unix time and °F, for one place or several in the order they were asked for.
 * The control run comes first, then the members. What a model does not give (null) is left out,
 * never filled: a member without any value, then the hours that not every member has. There is no
 * time of the run in the answer: it is known since it was received.
 */
export function readEnsemble(
  body: string,
  stations: readonly WeatherStation[],
  models: readonly string[],
  receivedTimeUs: number,
): Reading {
  const parsed = readJson(body, answer)
  if (!parsed.isRead) return parsed.refusal
  const places = parsed.value
  if (places.length !== stations.length) {
    return refuse('station', `${places.length} places for ${stations.length} stations`)
  }
  const facts: EnsembleFact[] = []
  const faults: string[] = []
  for (const [index, station] of stations.entries()) {
    const read = readPlace(places[index]!, station, models, receivedTimeUs)
    facts.push(...read.facts)
    faults.push(...read.faults.map((fault) => `${station.icao}: ${fault}`))
  }
  return readParts(facts, faults)
}

type PlaceFacts = { readonly facts: EnsembleFact[]; readonly faults: string[] }

function readPlace(
  { latitude, longitude, hourly_units: units, hourly }: Place,
  station: WeatherStation,
  models: readonly string[],
  receivedTimeUs: number,
): PlaceFacts {
  const isNear =
    Math.abs(latitude - station.latitude) <= APART_MAX &&
    Math.abs(longitude - station.longitude) <= APART_MAX
  if (!isNear) return { facts: [], faults: [`another place: ${latitude}, ${longitude}`] }
  if (units['time'] !== 'unixtime') {
    return { facts: [], faults: [`times in ${units['time'] ?? 'no unit'}`] }
  }
  const timesUs = hourly.time.map((seconds) => secondsUs(seconds))
  if (
    timesUs.some((timeUs, index) => timeUs === undefined || timeUs <= (timesUs[index - 1] ?? -1))
  ) {
    return { facts: [], faults: ['times that do not rise'] }
  }
  const facts: EnsembleFact[] = []
  const faults: string[] = []
  for (const [model, members] of membersByModel(hourly, models)) {
    const issue = { station, model, receivedTimeUs, timesUs: timesUs as number[] }
    const read = readModel(issue, members, units)
    if (typeof read === 'string') faults.push(`${model}: ${read}`)
    else facts.push(read)
  }
  if (facts.length === 0 && faults.length === 0) faults.push('no temperature in the answer')
  return { facts, faults }
}

type Member = { readonly key: string; readonly number: number; readonly values: (number | null)[] }

/** With one model asked for, keys carry no suffix. */
function membersByModel(hourly: Place['hourly'], models: readonly string[]): Map<string, Member[]> {
  const found = new Map<string, Member[]>()
  for (const [key, values] of Object.entries(hourly)) {
    const match = key === 'time' ? null : KEY.exec(key)
    if (!match) continue
    const model = match[2] ?? models[0] ?? 'default'
    const members = found.get(model) ?? []
    members.push({ key, number: Number(match[1] ?? 0), values })
    found.set(model, members)
  }
  return found
}

type Issue = {
  readonly station: WeatherStation
  readonly model: string
  readonly receivedTimeUs: number
  readonly timesUs: readonly number[]
}

function readModel(
  { station, model, receivedTimeUs, timesUs }: Issue,
  members: readonly Member[],
  units: Readonly<Record<string, string>>,
): EnsembleFact | string {
  const source = `om:${model}`
  if (source.length > 32) return 'a name too long for a source'
  if (members.length > MEMBERS_MAX) return `${members.length} members`
  for (const { key, values } of members) {
    if (units[key] !== '°F') return `${key} in ${units[key] ?? 'no unit'}`
    if (values.length !== timesUs.length) return `${key} has ${values.length} of ${timesUs.length}`
    const wrong = values.find((value) => value !== null && !isTemperatureF(value))
    if (wrong !== undefined) return `${key}: no temperature: ${wrong}`
  }
  const present = members
    .filter(({ values }) => values.some((value) => value !== null))
    .toSorted((a, b) => a.number - b.number)
  const hours = timesUs
    .map((_, hour) => hour)
    .filter((hour) => present.every(({ values }) => values[hour] !== null))
    .slice(0, VALID_TIMES_MAX)
  if (present.length === 0 || hours.length === 0) return 'no hour that every member has'
  return {
    type: 'wx.ensemble.v1',
    eventTimeUs: receivedTimeUs,
    data: {
      ...{ stationId: station.icao, source, issueTimeUs: receivedTimeUs },
      validTimesUs: hours.map((hour) => timesUs[hour]!),
      membersF: present.map(({ values }) => hours.map((hour) => values[hour]!)),
    },
  }
}
