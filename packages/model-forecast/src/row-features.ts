import type { DataOf } from '@kwm/contracts'

export type Frame = DataOf<'feature.ladder-frame.v1'>
export type FrameRow = Frame['rows'][number]

/** What is made of several fields of a row; every other name is the field of that name. */
const DERIVED: Readonly<Record<string, (row: FrameRow) => number | null>> = {
  spread: (row) => (row.askBps - row.bidBps) / 10_000,
  velocityT: (row) => ratio(row.velocity, row.velocitySe),
  accelerationT: (row) => ratio(row.acceleration, row.accelerationSe),
  microGap: (row) =>
    row.microprice === null || row.mid === null ? null : row.microprice - row.mid,
  weatherGap: ({ weatherP = null, mid }) =>
    weatherP === null || mid === null ? null : weatherP - mid,
}

/** A feature of the whole event is named `event.muVelocity`. */
export const EVENT_PREFIX = 'event.'

const OF_EVENT: Readonly<Record<string, (event: NonNullable<Frame['event']>) => number | null>> = {
  muVelocityT: (event) => ratio(event.muVelocity, event.muVelocitySe),
  muAccelerationT: (event) => ratio(event.muAcceleration, event.muAccelerationSe),
}

/** As `rowFeature`, of the event of a frame. */
export function eventFeature({ event }: Frame, name: string): number | null {
  if (event === undefined) return null
  const field = name.slice(EVENT_PREFIX.length)
  return numberOf(OF_EVENT[field]?.(event) ?? (event as Readonly<Record<string, unknown>>)[field])
}

/** A feature of a row by name; null when it is missing there or no such field exists. */
export function rowFeature(row: FrameRow, name: string): number | null {
  const derive = DERIVED[name]
  return numberOf(derive ? derive(row) : (row as Readonly<Record<string, unknown>>)[name])
}

function numberOf(value: unknown): number | null {
  if (typeof value === 'boolean') return value ? 1 : 0
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

const ratio = (value: number | null, error: number | null): number | null =>
  value === null || error === null || error <= 0 ? null : value / error

/** The mid where it is a price to forecast: two-sided, fresh and not crossed. */
export const forecastableMid = (row: FrameRow): number | null =>
  row.quoteState === 'two' ? row.mid : null
