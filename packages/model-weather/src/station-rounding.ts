/**
 * How a station rounds. Temperatures are rounded to whole °F, halves towards the warm side, then
 * converted to tenths of °C for the T group; the body of a report is whole °C (MODELS 5.3).
 */

/** Halves go up: 3.5 is 4 and -3.5 is -3. */
export const roundHalfUp = (x: number): number => Math.floor(x + 0.5)

/** The whole °F behind tenths of °C: exact for what a station made of whole °F (−20 … 115). */
export const wholeFOfTenthsC = (tenthsC: number): number =>
  // In integers, so that no half is decided by a float.
  Math.floor((18 * tenthsC + 3_250) / 100)

/** What a station writes in the T group for a whole °F. */
export const tenthsCOfWholeF = (wholeF: number): number => roundHalfUp(((wholeF - 32) * 50) / 9)

/** Whole °C as °F, unrounded. */
export const fahrenheit = (celsius: number): number => (celsius * 9) / 5 + 32

/**
 * The whole °F values that a station reports as `wholeC`: one for multiples of five, else two, the
 * lower first. A whole-°C reading proves the lower one, no more.
 */
export function wholeFsOfWholeC(wholeC: number): readonly number[] {
  const near = Math.floor(fahrenheit(wholeC))
  return [near - 1, near, near + 1].filter((f) => wholeCOfWholeF(f) === wholeC)
}

/** No whole °F lies on a half of a whole °C, so there is nothing to break. */
const wholeCOfWholeF = (wholeF: number): number => Math.round(((wholeF - 32) * 5) / 9)
