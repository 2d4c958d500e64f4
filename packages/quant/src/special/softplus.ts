import { assert } from '@kwm/std'

/** ln(1 + e^x), relative error near machine precision on both sides. */
export function softplus(x: number): number {
  assert(!Number.isNaN(x), 'softplus of NaN')
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
}

/** 1 / (1 + e^-x), the derivative of softplus, without overflow. */
export function expit(x: number): number {
  assert(!Number.isNaN(x), 'expit of NaN')
  if (x >= 0) return 1 / (1 + Math.exp(-x))
  const e = Math.exp(x)
  return e / (1 + e)
}
