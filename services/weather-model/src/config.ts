import { machineServiceSchema } from '@kwm/machines'

/** Every setting with its default: `machine-settings.ts` of @kwm/machines. */
export const settingsSchema = machineServiceSchema(9_111)
