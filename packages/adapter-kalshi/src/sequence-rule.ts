import type { SequenceVerdict, SidSequence } from '@kwm/contracts'

/**
 * The venue counts per subscription (sid), over all its markets and over control frames (`ok`,
 * `unsubscribed`) as well: every frame of a sid that has a seq must pass here. After a gap the
 * count goes on from the frame that showed it; what was missed stays missed.
 */
export function judgeSequence(sequence: SidSequence, seq: number): SequenceVerdict {
  const { nextSeq } = sequence
  if (nextSeq !== null && seq < nextSeq) return 'duplicate'
  sequence.nextSeq = seq + 1
  if (nextSeq === null) return 'first'
  return seq === nextSeq ? 'next' : 'gap'
}
