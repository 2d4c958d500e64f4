import { readFile } from 'node:fs/promises'
import { PooledForecaster, type ForecastArtefact } from '@kwm/model-forecast'
import { OperatingError } from '@kwm/runtime'

export class ForecastArtefactError extends OperatingError {
  override readonly name = 'ForecastArtefactError'
  readonly code = 'PMF_MODEL_ARTEFACT'
}

/** @throws {ForecastArtefactError} A file cannot be read, or does not fit this version's features. */
export function readArtefacts(files: readonly string[]): Promise<readonly ForecastArtefact[]> {
  return Promise.all(
    files.map(async (file) => {
      try {
        const artefact = JSON.parse(await readFile(file, 'utf8')) as ForecastArtefact
        return PooledForecaster.load(artefact).artefact
      } catch (error) {
        throw new ForecastArtefactError(`FORECAST_ARTEFACTS ${file}: ${(error as Error).message}`)
      }
    }),
  )
}
