export type WallSources = {
  /** Milliseconds since 1970 by the system's clock, which is corrected now and then. */
  readonly wallMs: () => number
  /** Milliseconds that only ever pass, with a fraction. */
  readonly steadyMs: () => number
}

/** A steady clock cut to whole milliseconds differs by this much from one that is not. */
const TOLERANCE_MS = 2
/** While ahead of the wall, time passes at half its pace until the wall has caught up. */
const CATCH_UP_RATE = 0.5

/**
 * Microseconds since 1970 that follow corrections of the system's clock and never go backwards.
 *
 * A correction forward is taken at once. After one backward time goes on at half its pace, so that
 * nobody sees it stand still or return. Between corrections the steady clock gives the resolution.
 */
export function createWallClock({ wallMs, steadyMs }: WallSources): () => number {
  let anchorWallMs = wallMs()
  let anchorSteadyMs = steadyMs()
  let lastUs = Math.round(anchorWallMs * 1_000)
  let lastSteadyMs = anchorSteadyMs
  return () => {
    const steady = steadyMs()
    const wall = wallMs()
    const expectedMs = anchorWallMs + (steady - anchorSteadyMs)
    if (Math.abs(wall - expectedMs) > TOLERANCE_MS) {
      anchorWallMs = wall
      anchorSteadyMs = steady
    }
    const nowUs = Math.round((anchorWallMs + (steady - anchorSteadyMs)) * 1_000)
    const slowUs = lastUs + Math.floor((steady - lastSteadyMs) * 1_000 * CATCH_UP_RATE)
    // The fraction below a microsecond is kept: it would add up over many calls.
    if (slowUs > lastUs || nowUs > lastUs) lastSteadyMs = steady
    lastUs = Math.max(nowUs, slowUs, lastUs)
    return lastUs
  }
}
