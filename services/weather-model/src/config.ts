import { machineServiceSchema } from '@kwm/machines'
import { z } from 'zod'

/** A model for each station there is, and room for a few more. */
const MODELS_MAX = 32

/** Every setting with its default: this, and `machine-settings.ts` of @kwm/machines. */
export const settingsSchema = machineServiceSchema(9_111).extend({
  /** Files of fitted stations, as `kwm weather fit` writes them. */
  WEATHER_MODELS: z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((file) => file.trim() || []))
    .refine((files) => files.length <= MODELS_MAX, {
      message: `a comma list of at most ${MODELS_MAX} files`,
    }),
})
