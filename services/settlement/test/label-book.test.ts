import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { auditLabels } from '../src/label-audit.ts'
import { LabelBook, SOURCE_ORDER, type LabelSource } from '../src/label-book.ts'

const EVENT = 'KXHIGHNY-26JUL10'
const NOW = Date.parse('2026-07-11T12:30:00Z') * 1_000
const say = (book: LabelBook, source: LabelSource, maxTempF: number | null, ingestTimeUs = 1) =>
  book.record({ eventTicker: EVENT, source, maxTempF, ingestTimeUs })

describe('labels', () => {
  test('the first final report stays; a later one is told and not believed', () => {
    const book = new LabelBook()
    expect(say(book, 'cli-final', 85, 1)).toBe('new')
    expect(say(book, 'cli-final', 85, 2)).toBe('known')
    expect(say(book, 'cli-final', 86, 3)).toBe('late')
    expect(book.label(EVENT, 'cli-final')?.maxTempF).toBe(85)
  })

  test('a result that changed is a change; what was known before it is not', () => {
    const book = new LabelBook()
    expect([say(book, 'kalshi', 85, 1), say(book, 'kalshi', 84, 3)]).toEqual(['new', 'changed'])
    expect(say(book, 'kalshi', 85, 2)).toBe('known')
    expect(book.label(EVENT, 'kalshi')).toMatchObject({ maxTempF: 84, changes: 1 })
  })

  // The oracle sorts what was said by rank.
  test('official is what the first source with a number says', () => {
    const said = fc.record({
      source: fc.constantFrom(...SOURCE_ORDER),
      maxTempF: fc.option(fc.integer({ min: 80, max: 90 })),
    })
    fc.assert(
      fc.property(fc.uniqueArray(said, { selector: ({ source }) => source }), (labels) => {
        const book = new LabelBook()
        for (const { source, maxTempF } of labels) say(book, source, maxTempF)
        const ranked = labels
          .filter(({ maxTempF }) => maxTempF !== null)
          .toSorted((a, b) => SOURCE_ORDER.indexOf(a.source) - SOURCE_ORDER.indexOf(b.source))
        const restored = new LabelBook()
        restored.restore(JSON.parse(JSON.stringify(book.snapshot())))
        for (const one of [book, restored]) {
          const official = one.official(EVENT)
          expect(official && [official.source, official.maxTempF]).toEqual(
            ranked[0] && [ranked[0].source, ranked[0].maxTempF],
          )
        }
      }),
    )
  })
})

describe('the audit', () => {
  const verdictOf = (
    venue?: number | null,
    report?: number,
    range: [number, number] | null = null,
  ) => {
    const book = new LabelBook()
    if (venue !== undefined) {
      book.record({ eventTicker: EVENT, source: 'kalshi', maxTempF: venue, range, ingestTimeUs: 1 })
    }
    if (report !== undefined) say(book, 'cli-final', report)
    else if (venue === undefined) say(book, 'iem', 85)
    return auditLabels(book, NOW).events[0]?.verdict
  }

  test.each([
    ['the same value', verdictOf(85, 85), 'match'],
    ['another value', verdictOf(90, 85), 'mismatch'],
    ['no value, the report in the bracket that won', verdictOf(null, 85, [84, 85]), 'match'],
    ['no value, the report outside it', verdictOf(null, 86, [84, 85]), 'mismatch'],
    ['no report', verdictOf(85), 'undecided'],
    ['no result', verdictOf(undefined, 85), 'undecided'],
    ['an archive alone', verdictOf(), 'undecided'],
  ])('%s: %s', (_, verdict, expected) => {
    expect(verdict).toBe(expected)
  })

  test('is of days that are over, for thirty of them, and tells what is overdue', () => {
    const book = new LabelBook()
    say(book, 'kalshi', 85)
    const DAY = 86_400_000_000
    const at = (nowUs: number) => {
      const { events, overdue } = auditLabels(book, nowUs)
      return [events.length, overdue.length]
    }
    const endUs = Date.parse('2026-07-11T05:00:00Z') * 1_000
    expect(
      [endUs - 1, endUs, endUs + 2 * DAY, endUs + 2 * DAY + 1, endUs + 30 * DAY + 1].map(at),
    ).toEqual([
      [0, 0],
      [1, 0],
      [1, 0],
      [1, 1],
      [0, 0],
    ])
  })
})
