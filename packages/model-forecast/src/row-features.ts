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
}

/** A feature of a row by name; null when it is missing there or no such field exists. */
export function rowFeature(row: FrameRow, name: string): number | null {
  const derive = DERIVED[name]
  const value = derive ? derive(row) : (row as Readonly<Record<string, unknown>>)[name]
  if (typeof value === 'boolean') return value ? 1 : 0
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

const ratio = (value: number | null, error: number | null): number | null =>
  value === null || error === null || error <= 0 ? null : value / error

/** The mid where it is a price to forecast: two-sided, fresh and not crossed. */
export const forecastableMid = (row: FrameRow): number | null =>
  row.quoteState === 'two' ? row.mid : null
