import type { Command } from '@kwm/adapter-kalshi'
import { beforeEach, expect, test } from 'vitest'
import { Subscriptions } from '../src/subscriptions.ts'

const BOOK_SID = 7
let sent: Command[]
let failures: { code: number; fix?: string }[]
let nowUs: number
let subscriptions: Subscriptions

function create(indexIds: readonly string[] = []): void {
  sent = []
  failures = []
  nowUs = 1_795_000_000_000_000
  subscriptions = new Subscriptions({
    indexIds,
    send: (command) => sent.push(command),
    nowUs: () => nowUs,
    onFailure: (failure) => failures.push(failure),
  })
}
beforeEach(() => create())

const about = (channel: string): string[] =>
  sent.flatMap((command) =>
    command.kind === 'subscribe' && command.channel === channel
      ? [command.marketTickers.join()]
      : [],
  )
const kinds = (kind: Command['kind']): Command[] => sent.filter((command) => command.kind === kind)

/** Seconds with these markets lacking a book. */
function wait(seconds: number, ...lacking: string[]): void {
  for (let n = 0; n < seconds; n++) {
    nowUs += 1_000_000
    subscriptions.tick(lacking)
  }
}

function open(...tickers: string[]): void {
  subscriptions.want(new Set(tickers))
  subscriptions.onOpen()
  const commandId = sent.findIndex((c) => c.kind === 'subscribe' && c.channel === 'orderbook_delta')
  const channel = 'orderbook_delta'
  subscriptions.onEffect({ kind: 'subscribed', sid: BOOK_SID, channel, commandId: commandId + 1 })
}

test('one subscription a channel, grown and shrunk', () => {
  open('A', 'B')
  expect(about('orderbook_delta')).toEqual(['A,B'])
  subscriptions.want(new Set(['B', 'C']))
  expect(kinds('add-markets')).toEqual([
    { kind: 'add-markets', sid: BOOK_SID, marketTickers: ['C'] },
  ])
  expect(kinds('delete-markets')).toEqual([
    { kind: 'delete-markets', sid: BOOK_SID, marketTickers: ['A'] },
  ])
})

test('a lost book is asked for alone; in vain three times, all is subscribed anew, once', () => {
  open('A', 'B')
  wait(30, 'A')
  const asks = kinds('get-snapshot')
  expect(asks.length).toBeGreaterThan(0)
  expect(asks.every((c) => 'marketTickers' in c && c.marketTickers.join() === 'A')).toBe(true)
  expect(kinds('unsubscribe')).toEqual([])
  for (let second = 0; second < 60 && kinds('unsubscribe').length === 0; second++) wait(1, 'A')
  expect(kinds('unsubscribe')).toEqual([{ kind: 'unsubscribe', sid: BOOK_SID }])
  expect(about('orderbook_delta')).toEqual(['A,B', 'A,B'])
  const channel = 'orderbook_delta'
  subscriptions.onEffect({ kind: 'subscribed', sid: 8, channel, commandId: null })
  // It had its turn: it alone is asked for from now on, and nobody else loses a book over it.
  wait(600, 'A')
  expect(kinds('unsubscribe')).toHaveLength(1)
})

test('a book that came in time asks for nothing more', () => {
  open('A')
  wait(8, 'A')
  const asked = kinds('get-snapshot').length
  expect(asked).toBeGreaterThan(0)
  wait(300)
  expect(kinds('get-snapshot')).toHaveLength(asked)
  expect(kinds('unsubscribe')).toEqual([])
})

test('a forbidden channel is left alone, with what to do about it', () => {
  subscriptions.want(new Set(['A']))
  subscriptions.onOpen()
  const commandId = sent.findIndex((c) => c.kind === 'subscribe' && c.channel === 'trade') + 1
  subscriptions.onEffect({ kind: 'command-failed', commandId, code: 9, message: '' })
  expect(failures).toMatchObject([{ code: 9, fix: expect.stringContaining('read') }])
  wait(600)
  expect(about('trade')).toEqual(['A'])
})

test('told to slow down it rests and asks again; no ticker is blamed', () => {
  subscriptions.want(new Set(['A', 'B']))
  subscriptions.onOpen()
  const commandId = sent.findIndex((c) => c.kind === 'subscribe' && c.channel === 'trade') + 1
  subscriptions.onEffect({ kind: 'command-failed', commandId, code: 27, message: '' })
  wait(9)
  expect(about('trade')).toEqual(['A,B'])
  wait(3)
  expect(about('trade')).toEqual(['A,B', 'A,B'])
})

test('indices are subscribed when there are some', () => {
  open('A')
  expect(about('cfbenchmarks_value')).toEqual([])
  create(['BRTI'])
  open('A')
  expect(about('cfbenchmarks_value')).toEqual(['BRTI'])
})
