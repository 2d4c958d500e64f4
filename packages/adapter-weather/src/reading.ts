import { createHash } from 'node:crypto'
import type { Fact } from './fact.ts'
import type { ProviderRequest } from './provider.ts'

/** A closed set: it labels the metric and the dead letter. */
export type RefusalReason =
  | 'http-status'
  | 'limited'
  | 'unauthorized'
  | 'content-type'
  | 'html'
  | 'error-text'
  | 'not-json'
  | 'shape'
  | 'unit'
  | 'station'
  | 'time'
  | 'number'

/** What a body says, or why it is not believed. */
export type Reading =
  | {
      readonly isRead: true
      readonly facts: readonly Fact[]
      /** Parts of the body that were refused while the rest is sound. */
      readonly faults: readonly string[]
      /** What to ask for next: a list of products leads to the products. */
      readonly next: readonly ProviderRequest[]
      /** In the provider's own units, where it says. */
      readonly cost?: number
    }
  | { readonly isRead: false; readonly reason: RefusalReason; readonly detail: string }

const DETAIL_MAX = 200
const FAULTS_MAX = 50

export const refuse = (reason: RefusalReason, detail: string): Reading => ({
  isRead: false,
  reason,
  detail: detail.replace(/\s+/g, ' ').trim().slice(0, DETAIL_MAX),
})

export function readingOf(
  facts: readonly Fact[],
  faults: readonly string[] = [],
  next: readonly ProviderRequest[] = [],
): Extract<Reading, { isRead: true }> {
  return { isRead: true, facts, faults: faults.slice(0, FAULTS_MAX), next }
}

/** All parts refused and none read: the body as a whole is not what it should be. */
export const readParts = (facts: readonly Fact[], faults: readonly string[]): Reading =>
  facts.length === 0 && faults.length > 0 ? refuse('shape', faults[0]!) : readingOf(facts, faults)

/** Of a text without what differs between its copies: line ends, trailing blanks, the empty lines. */
export function textHash(text: string): string {
  const lines = text.split(/\r?\n/).map((line) => line.trimEnd())
  const kept = lines.filter((line) => line !== '').join('\n')
  return createHash('sha256').update(kept).digest('hex').slice(0, 32)
}
