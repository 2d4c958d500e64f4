import { assert } from '@kwm/std'

const ITERATIONS_MAX = 200

/**
 * A root of `f` between `a` and `b`, where f has opposite signs, by Brent's method (Brent 1973,
 * chapter 4): inverse quadratic steps held inside a shrinking bracket. Within `tolerance`, plus
 * rounding, of a change of sign.
 */
export function brentRoot(f: (x: number) => number, a: number, b: number, tolerance = 0): number {
  assert(Number.isFinite(a) && Number.isFinite(b) && tolerance >= 0, `bracket [${a}, ${b}]`)
  let [previous, best] = [a, b]
  let [fPrevious, fBest] = [valueAt(f, a), valueAt(f, b)]
  assert(fPrevious === 0 || fBest === 0 || fPrevious > 0 !== fBest > 0, 'no change of sign')
  let [contra, fContra] = [previous, fPrevious]
  let step = best - previous
  let stepBefore = step
  for (let iteration = 0; iteration < ITERATIONS_MAX; iteration++) {
    if (fBest > 0 === fContra > 0) {
      ;[contra, fContra] = [previous, fPrevious]
      step = stepBefore = best - previous
    }
    if (Math.abs(fContra) < Math.abs(fBest)) {
      ;[previous, best, contra] = [best, contra, best]
      ;[fPrevious, fBest, fContra] = [fBest, fContra, fBest]
    }
    const close = 2 * Number.EPSILON * Math.abs(best) + tolerance / 2
    const half = (contra - best) / 2
    if (fBest === 0 || Math.abs(half) <= close) return best
    const proposed = interpolated(previous, fPrevious, best, fBest, contra, fContra)
    const isShrinking = Math.abs(stepBefore) >= close && Math.abs(fPrevious) > Math.abs(fBest)
    const isInside = proposed / half > 0 && Math.abs(proposed) < 1.5 * Math.abs(half) - close / 2
    if (isShrinking && isInside && Math.abs(proposed) < Math.abs(stepBefore) / 2) {
      stepBefore = step
      step = proposed
    } else step = stepBefore = half
    ;[previous, fPrevious] = [best, fBest]
    best += Math.abs(step) > close ? step : Math.sign(half) * close
    fBest = valueAt(f, best)
  }
  return best
}

/** The step from `b` to the root of the inverse quadratic (or line) through the points. */
function interpolated(a: number, fa: number, b: number, fb: number, c: number, fc: number): number {
  const s = fb / fa
  if (a === c) return (s * (b - a)) / (1 - s)
  const q = fa / fc
  const r = fb / fc
  const p = s * ((c - b) * q * (q - r) - (b - a) * (r - 1))
  return -p / ((q - 1) * (r - 1) * (s - 1))
}

function valueAt(f: (x: number) => number, x: number): number {
  const value = f(x)
  assert(!Number.isNaN(value), `the function is NaN at ${x}`)
  return value
}
