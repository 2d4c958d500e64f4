import { expectDiffers, has, type VectorCase } from './vector-loop.ts'

/**
 * The vector `execution` covers three packages. Each runs the cases of its own kinds; a case of no
 * kind fails in model-risk, the highest of them.
 */
export type ExecutionKind =
  | 'hold-ev'
  | 'maker-ev'
  | 'fill-probability'
  | 'reservation'
  | 'quote'
  | 'kelly'
  | 'worst-case'
  | 'queue'
  | 'candle'
  | 'settlement'

export function executionKind({ input, expected }: VectorCase): ExecutionKind | undefined {
  if (has(input, 'p', 'priceCents', 'qty', 'role')) return 'hold-ev'
  if (has(input, 'pFill', 'fairValue', 'price')) return 'maker-ev'
  if (has(input, 'queueAhead', 'tradesPerSec')) return 'fill-probability'
  if (has(input, 'p', 'netYes', 'gamma')) return 'reservation'
  if (has(input, 'reservation', 'halfSpread')) return 'quote'
  if (has(input, 'p', 'costPerContract')) return 'kelly'
  if (has(input, 'nBrackets', 'positions')) return 'worst-case'
  if (has(input, 'initialLevelQty', 'events') && has(expected, 'frontAndFilled')) return 'queue'
  if (has(input, 'bars', 'decisionBar', 'limit')) return 'candle'
  if (has(input, 'lots', 'outcomes')) return 'settlement'
  return undefined
}

/**
 * No answer of ours is a naive one. `answers` must hold at least one thing of the naive answer's
 * shape, or nothing would have been compared.
 */
export function expectNotNaive(answers: readonly unknown[], c: VectorCase): void {
  for (const [name, wrong] of Object.entries(c.wrong ?? {})) {
    const comparable = answers.filter((answer) => shapeOf(answer) === shapeOf(wrong))
    if (comparable.length === 0) throw new Error(`${c.name}: nothing to compare ${name} with`)
    for (const answer of comparable) expectDiffers(answer, wrong, c.tol)
  }
}

function shapeOf(value: unknown): string {
  if (!Array.isArray(value)) return value === null ? 'null' : typeof value
  return `list of ${value.length === 0 ? 'number' : shapeOf(value[0])}`
}
