import { machineServiceSchema } from '@kwm/machines'
import { z } from 'zod'

/** Every setting with its default: this, and `machine-settings.ts` of @kwm/machines. */
export const settingsSchema = machineServiceSchema(9103).extend({
  /** A file of `kwm train intensities`; empty for the usual Hawkes parameters. */
  INTENSITY_ARTEFACT: z.string().default(''),
})
