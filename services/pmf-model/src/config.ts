import { machineServiceSchema } from '@kwm/machines'
import { z } from 'zod'

/** They ride in the configuration that each start writes to the tape: a message has a size. */
const ARTEFACTS_MAX = 2

/** Every setting with its default: these, and `machine-settings.ts` of @kwm/machines. */
export const settingsSchema = machineServiceSchema(9104).extend({
  /** Files of trained forecasters, as `kwm train` writes them. */
  FORECAST_ARTEFACTS: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter((file) => file !== ''))
    .refine((files) => files.length <= ARTEFACTS_MAX, {
      message: `a comma list of at most ${ARTEFACTS_MAX} files`,
    }),
  /** A file of `kwm calibrate`; empty for no calibration. */
  CALIBRATION_ARTEFACT: z.string().default(''),
})
