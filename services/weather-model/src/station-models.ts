import { readFile } from 'node:fs/promises'
import { stationModelOf, type StationModel } from '@kwm/model-weather'
import { OperatingError } from '@kwm/runtime'

export class StationModelsError extends OperatingError {
  override readonly name = 'StationModelsError'
  readonly code = 'WEATHER_MODEL_ARTEFACT'
}

/** @throws {StationModelsError} A file cannot be read, is no model, or two are of one station. */
export async function readStationModels(
  files: readonly string[],
): Promise<Readonly<Record<string, StationModel>>> {
  const models: Record<string, StationModel> = {}
  for (const file of files) {
    const { icao, model } = await readModel(file)
    const other = models[icao]
    if (other) {
      throw new StationModelsError(
        `WEATHER_MODELS ${file}: ${icao} has ${other.version} already; name one model a station`,
      )
    }
    models[icao] = model
  }
  return models
}

async function readModel(file: string): Promise<ReturnType<typeof stationModelOf>> {
  try {
    return stationModelOf(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    throw new StationModelsError(`WEATHER_MODELS ${file}: ${(error as Error).message}`)
  }
}
