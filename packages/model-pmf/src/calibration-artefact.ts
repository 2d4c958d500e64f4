import { PMF_CALIBRATIONS, PmfCalibrator } from '@kwm/quant'
import type { PmfCalibratorJson } from '@kwm/quant'
import type { CalibrationMap, PmfCalibrationConfig } from './config.ts'

/** The maps ride in the configuration that each start writes to the tape: a message has a size. */
const MAPS_MAX = 1_000
const LETTERS_MAX = 256_000
const LEAD_HOURS_MAX = 200

export class CalibrationRefusedError extends Error {
  override readonly name = 'CalibrationRefusedError'
}

/**
 * The maps of an artefact of `kwm calibrate`: plain data of any origin, checked field by field.
 * @throws {CalibrationRefusedError} It names the field.
 */
export function calibrationOf(artefact: unknown): PmfCalibrationConfig {
  const { format, v, version, entries } = fieldsOf(artefact, 'file')
  if (format !== 'kwm-calibration' || v !== 1) {
    refuse('format must be kwm-calibration and v 1: make it again with kwm calibrate')
  }
  if (typeof version !== 'string' || version === '' || version.length > 64) {
    refuse('version must be 1 to 64 characters')
  }
  if (!Array.isArray(entries) || entries.length === 0 || entries.length > MAPS_MAX) {
    refuse(`entries must be a list of 1 to ${MAPS_MAX} maps`)
  }
  const maps = (entries as unknown[]).map(mapOf)
  const places = new Set(maps.map(({ series, leadHours }) => `${series} ${leadHours}`))
  if (places.size < maps.length) refuse('entries hold one series and lead twice')
  if (JSON.stringify(maps).length > LETTERS_MAX) {
    refuse(`entries are longer than ${LETTERS_MAX} letters: fit fewer leads`)
  }
  return { version, maps }
}

function mapOf(entry: unknown, index: number): CalibrationMap {
  const at = `entries[${index}]`
  const { series, leadHours, map } = fieldsOf(entry, at)
  if (typeof series !== 'string' || series === '') refuse(`${at}.series must be a name`)
  const isLead = typeof leadHours === 'number' && leadHours >= 0 && leadHours < LEAD_HOURS_MAX
  if (!isLead) refuse(`${at}.leadHours must be 0 to ${LEAD_HOURS_MAX}`)
  const { kind } = fieldsOf(map, `${at}.map`)
  if (!(PMF_CALIBRATIONS as readonly unknown[]).includes(kind)) {
    refuse(`${at}.map.kind must be one of ${PMF_CALIBRATIONS.join(', ')}`)
  }
  try {
    const { json } = new PmfCalibrator(map as PmfCalibratorJson)
    return { series, leadHours, map: json }
  } catch (error) {
    return refuse(`${at}.map: ${(error as Error).message}`)
  }
}

function fieldsOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) refuse(`${name} must be an object`)
  return value as Record<string, unknown>
}

function refuse(text: string): never {
  throw new CalibrationRefusedError(`calibration artefact: ${text}`)
}
