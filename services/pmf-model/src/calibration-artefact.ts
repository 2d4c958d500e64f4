import { readFile } from 'node:fs/promises'
import { calibrationOf, IDENTITY_CALIBRATION, type PmfCalibrationConfig } from '@kwm/model-pmf'
import { OperatingError } from '@kwm/runtime'

export class CalibrationArtefactError extends OperatingError {
  override readonly name = 'CalibrationArtefactError'
  readonly code = 'PMF_MODEL_CALIBRATION'
}

/** @throws {CalibrationArtefactError} The file cannot be read, or is no artefact of `kwm calibrate`. */
export async function readCalibration(file: string): Promise<PmfCalibrationConfig> {
  if (file === '') return IDENTITY_CALIBRATION
  try {
    return calibrationOf(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    throw new CalibrationArtefactError(`CALIBRATION_ARTEFACT ${file}: ${(error as Error).message}`)
  }
}
