import type { SidSequence } from '@kwm/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { judgeSequence } from '../src/index.ts'

const judgeAll = (seqs: readonly number[], sequence: SidSequence = { nextSeq: null }) =>
  seqs.map((seq) => judgeSequence(sequence, seq))

test('the first seq is taken as it is, then each must follow', () => {
  expect(judgeAll([7, 8, 9])).toEqual(['first', 'next', 'next'])
})

test('an old seq is a duplicate and moves nothing', () => {
  expect(judgeAll([1, 2, 2, 1, 3])).toEqual(['first', 'next', 'duplicate', 'duplicate', 'next'])
})

test('after a gap the count goes on behind it', () => {
  expect(judgeAll([1, 4, 5, 3])).toEqual(['first', 'gap', 'next', 'duplicate'])
})

// The oracle knows all that was ever seen, the rule only the next number.
test('against a rule with a memory; a saved state goes on as the kept one', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), fc.nat(), (seqs, cutSeed) => {
      const sequence: SidSequence = { nextSeq: null }
      const cut = cutSeed % (seqs.length + 1)
      let saved: SidSequence = { nextSeq: null }
      seqs.forEach((seq, index) => {
        if (index === cut) saved = JSON.parse(JSON.stringify(sequence)) as SidSequence
        const highest = Math.max(-1, ...seqs.slice(0, index))
        const expected =
          index === 0
            ? 'first'
            : seq <= highest
              ? 'duplicate'
              : seq === highest + 1
                ? 'next'
                : 'gap'
        expect(judgeSequence(sequence, seq)).toBe(expected)
      })
      if (cut < seqs.length) {
        judgeAll(seqs.slice(cut), saved)
        expect(saved).toEqual(sequence)
      }
    }),
  )
})
