import { headers, type Msg } from '@nats-io/transport-node'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseDelivery } from '../src/delivery.ts'
import { fixedHeaders, headerOf, headerText } from '../src/headers.ts'
import { Numbered } from '../src/numbered.ts'
import { isAtLeast, parseServerVersion } from '../src/server-version.ts'
import { subjectMatches } from '../src/subject.ts'

test('versions compare as numbers', () => {
  expect(parseServerVersion('2.9.10')).toEqual([2, 9, 10])
  expect(parseServerVersion('v2.10.0-beta.1')).toEqual([2, 10, 0])
  expect(isAtLeast([2, 10, 0], [2, 9, 10])).toBe(true)
  expect(isAtLeast([2, 9, 10], [2, 10, 0])).toBe(false)
  expect(isAtLeast([2, 9, 9], [2, 9, 10])).toBe(false)
  expect(isAtLeast([2, 9, 10], [2, 9, 10])).toBe(true)
  expect(isAtLeast([3, 0, 0], [2, 10, 0])).toBe(true)
})

test('a delivery is read from either form of the reply subject', () => {
  const delivery = {
    streamSeq: 12,
    consumerSeq: 3,
    storedTimeUs: 1_795_224_899_193_123,
    pending: 4,
  }
  const tail = '1.12.3.1795224899193123987.4'
  expect(parseDelivery(`$JS.ACK.TAPE_main.abc.${tail}`)).toEqual(delivery)
  expect(parseDelivery(`$JS.ACK.hub.hash.TAPE_main.abc.${tail}`)).toEqual(delivery)
  expect(parseDelivery(`$JS.ACK.hub.hash.TAPE_main.abc.${tail}.rnd`)).toEqual(delivery)
  expect(parseDelivery('')).toBeUndefined()
  expect(parseDelivery('$JS.FC.TAPE_main.abc.xyz')).toBeUndefined()
})

test('a line break cannot smuggle a header in', () => {
  const encoded = fixedHeaders('A', 'b', 'C', 'd') as unknown as { encode(): Uint8Array }
  expect(Buffer.from(encoded.encode()).toString()).toBe('NATS/1.0\r\nA: b\r\nC: d\r\n\r\n')
  expect(() => fixedHeaders('A', 'b\r\nX: y')).toThrow(/line break/)
  expect(() => fixedHeaders('A', 'b\nX: y')).toThrow(/line break/)
})

test('headers are read the same from the bytes and from the client', () => {
  const known = headers()
  known.set('Nats-Msg-Id', 'id-1')
  known.set('Kwm-Input-Seq', '12')
  const bytes = Buffer.from('NATS/1.0\r\nNats-Msg-Id: id-1\r\nKwm-Input-Seq: 12\r\n\r\nbody')
  const fromBytes = { _msg: { hdr: bytes.length - 4 }, _rdata: bytes } as unknown as Msg
  for (const msg of [fromBytes, { headers: known } as Msg]) {
    const text = headerText(msg)
    expect(headerOf(text, 'Nats-Msg-Id')).toBe('id-1')
    expect(headerOf(text, 'Kwm-Input-Seq')).toBe('12')
    expect(headerOf(text, 'Msg-Id')).toBe('')
  }
  expect(headerOf(headerText({ headers: undefined } as unknown as Msg), 'Nats-Msg-Id')).toBe('')
})

test('numbered items behave as a map of numbers', () => {
  const operation = fc.oneof(
    { weight: 6, arbitrary: fc.constant('push' as const) },
    { weight: 5, arbitrary: fc.nat(40) },
    { weight: 1, arbitrary: fc.constant('clear' as const) },
  )
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 6_000, size: 'max' }), (operations) => {
      const items = new Numbered<string>()
      const oracle = new Map<number, string>()
      let count = 0
      for (const done of operations) {
        if (done === 'push') {
          items.push(`item ${++count}`)
          oracle.set(count, `item ${count}`)
        } else if (done === 'clear') {
          expect(items.clear()).toEqual([...oracle.values()])
          oracle.clear()
        } else {
          // Near the oldest, as acks come.
          const number = (oracle.keys().next().value ?? 1) + done
          items.remove(number)
          oracle.delete(number)
        }
        const state = [items.size, items.first, items.end].join()
        const wanted = [oracle.size, oracle.keys().next().value ?? count + 1, count + 1].join()
        if (state !== wanted) expect(state).toBe(wanted)
      }
      for (let number = 1; number <= count; number++) {
        if (items.get(number) !== oracle.get(number)) expect.fail(`number ${number}`)
      }
    }),
    { numRuns: 30 },
  )
})

test('subjects match as the server matches them', () => {
  const matching = (pattern: string): string[] =>
    ['raw', 'raw.kalshi', 'raw.kalshi.ws', 'raw.nws.cli'].filter((subject) =>
      subjectMatches(pattern, subject),
    )
  expect(matching('raw.kalshi.ws')).toEqual(['raw.kalshi.ws'])
  expect(matching('raw.>')).toEqual(['raw.kalshi', 'raw.kalshi.ws', 'raw.nws.cli'])
  expect(matching('raw.kalshi.>')).toEqual(['raw.kalshi.ws'])
  expect(matching('raw.*.cli')).toEqual(['raw.nws.cli'])
  expect(matching('raw.*')).toEqual(['raw.kalshi'])
  expect(matching('>').length).toBe(4)
})
