import { fail } from '@kwm/std'
import { normCdf } from '../normal.ts'

/** Gauss-Legendre on [-1, 1], 20 points: the positive half. */
const NODES = [
  0.07652652113349734, 0.2277858511416451, 0.37370608871541955, 0.5108670019508271,
  0.636053680726515, 0.7463319064601508, 0.8391169718222188, 0.912234428251326, 0.9639719272779138,
  0.9931285991850949,
] as const
const WEIGHTS = [
  0.15275338713072584, 0.14917298647260374, 0.14209610931838204, 0.13168863844917664,
  0.11819453196151841, 0.10193011981724044, 0.08327674157670475, 0.06267204833410907,
  0.04060142980038694, 0.017614007139152118,
] as const
/** Beyond it exp(-h^2 / 2) is below 1e-22. */
const FAR = 10

/**
 * Owen's T(h, a) = 1 / 2 pi times the integral over x in [0, a] of exp(-h^2 (1 + x^2) / 2) / (1 + x^2)
 * (Owen 1956), to about 1e-12: by quadrature for |a| <= 1, else by its reflection at 1.
 */
export function owensT(h: number, a: number): number {
  // No `assert`: its message would be built on every call, and clouds of particles make thousands.
  if (Number.isNaN(h) || Number.isNaN(a)) fail(`Owen's T of ${h}, ${a}`)
  if (a < 0) return -owensT(h, -a)
  const z = Math.abs(h)
  if (a === 0 || z > FAR) return 0
  if (a === Infinity) return normCdf(-z) / 2
  if (a <= 1) return quadrature(z, a)
  const [near, far] = [normCdf(-z), normCdf(-a * z)]
  // (Phi(z) + Phi(az)) / 2 - Phi(z) Phi(az), in upper tails: nothing is lost where both are near 1.
  return (near + far) / 2 - near * far - (a * z > FAR ? 0 : quadrature(a * z, 1 / a))
}

function quadrature(h: number, a: number): number {
  const half = a / 2
  const square = (h * h) / 2
  let sum = 0
  for (let k = 0; k < NODES.length; k++) {
    const off = half * NODES[k]!
    const low = 1 + (half - off) * (half - off)
    const high = 1 + (half + off) * (half + off)
    sum += WEIGHTS[k]! * (Math.exp(-square * low) / low + Math.exp(-square * high) / high)
  }
  return (half * sum) / (2 * Math.PI)
}

/**
 * P(X <= x) of Azzalini's skew normal (1985) with density 2 / s phi(t) Phi(shape t), t = (x - place) / s.
 * Shape 0 is the normal; the sign of the shape is that of the skewness.
 */
export function skewNormalCdf(x: number, place: number, scale: number, shape: number): number {
  if (!(scale > 0)) fail(`scale ${scale}`)
  const t = (x - place) / scale
  return Math.min(1, Math.max(0, normCdf(t) - 2 * owensT(t, shape)))
}
