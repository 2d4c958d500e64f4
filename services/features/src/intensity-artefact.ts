import { readFile } from 'node:fs/promises'
import { intensitiesOf, type FeaturesConfig } from '@kwm/model-features'
import { OperatingError } from '@kwm/runtime'

export class IntensityArtefactError extends OperatingError {
  override readonly name = 'IntensityArtefactError'
  readonly code = 'FEATURES_INTENSITIES'
}

/** @throws {IntensityArtefactError} The file cannot be read, or is no artefact of `kwm train intensities`. */
export async function readIntensities(
  file: string,
): Promise<FeaturesConfig['tradeIntensityOfSeries']> {
  if (file === '') return {}
  try {
    return intensitiesOf(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    throw new IntensityArtefactError(`INTENSITY_ARTEFACT ${file}: ${(error as Error).message}`)
  }
}
