import fc from 'fast-check'

/**
 * Properties draw the same cases every time, so that a red run is the change's doing and can be
 * repeated; `make properties` draws others.
 */
const asked = process.env['KWM_SEED']
const seed = asked === undefined ? 20_261 : Number(asked)
if (!Number.isSafeInteger(seed)) throw new Error(`KWM_SEED must be a whole number: ${asked}`)
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed })
