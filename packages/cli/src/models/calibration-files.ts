import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { calibrationOf } from '@kwm/model-pmf'
import type { CalibrationArtefact } from '@kwm/tuning'
import { ModelCommandError } from './tape-events.ts'

const namesIn = (dir: string): Promise<readonly string[]> =>
  readdir(dir).catch((): readonly string[] => [])

/** The maps in force: what CALIBRATION_ARTEFACT of pmf-model names. */
export const inForceFile = (dir: string): string => join(dir, 'calibration.json')

/** @throws {ModelCommandError} The file cannot be read or is no artefact; it names the field. */
export async function readArtefact(file: string): Promise<CalibrationArtefact> {
  try {
    const artefact = JSON.parse(await readFile(file, 'utf8')) as CalibrationArtefact
    calibrationOf(artefact)
    return artefact
  } catch (error) {
    throw new ModelCommandError(
      `${file}: not calibration maps of kwm calibrate: ${(error as Error).message}`,
    )
  }
}

/** Null when there are none yet. */
export async function readInForce(dir: string): Promise<CalibrationArtefact | null> {
  const names = await namesIn(dir)
  return names.includes('calibration.json') ? readArtefact(inForceFile(dir)) : null
}

/** Writes `<version>.json`, which once written never changes. Returns its path. */
export async function writeVersion(dir: string, artefact: CalibrationArtefact): Promise<string> {
  await mkdir(dir, { recursive: true })
  const file = join(dir, `${artefact.version}.json`)
  if (!(await readdir(dir)).includes(`${artefact.version}.json`)) await writeWhole(file, artefact)
  return file
}

/** Puts maps in force: at once, whoever reads meanwhile. */
export const putInForce = (dir: string, artefact: CalibrationArtefact): Promise<void> =>
  writeWhole(inForceFile(dir), artefact)

async function writeWhole(file: string, artefact: CalibrationArtefact): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`
  await writeFile(temporary, `${JSON.stringify(artefact, null, 2)}\n`)
  await rename(temporary, file)
}
