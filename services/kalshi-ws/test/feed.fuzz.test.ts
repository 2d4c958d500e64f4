import { encodeHostRecord, kalshiWire } from '@kwm/adapter-kalshi'
import type { RawFrame } from '@kwm/contracts'
import { createFeedMachine } from '@kwm/machines'
import { Prng } from '@kwm/std'
import { expect, test } from 'vitest'

/** `KWM_FUZZ=1000000` for the long run: a quarter of it goes through the whole feed. */
const FRAMES = Number(process.env['KWM_FUZZ'] ?? 60_000) / 4
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_121)
const TICKERS = ['KXHIGHNY-26NOV20-T47', 'KXHIGHNY-26NOV20-B48.5']
const CHANNELS = ['orderbook_delta', 'trade', 'ticker', 'market_lifecycle_v2', 'fill']

/** A venue whose frames are right; what the line makes of them is not. */
class Line {
  readonly prng = new Prng(SEED)
  readonly #seqs = new Map<number, number>()
  #timeMs = 1_795_194_000_000

  /** A frame in the venue's shape. */
  frame(): string {
    const { prng } = this
    const market_ticker = TICKERS[prng.nextInt(TICKERS.length)]!
    const at = { ts_ms: (this.#timeMs += prng.nextInt(50)) }
    const price_dollars = `0.${String(1 + prng.nextInt(99)).padStart(2, '0')}00`
    const side = prng.nextInt(2) === 0 ? 'yes' : 'no'
    const count = `${prng.nextInt(500)}.${prng.nextInt(10)}0`
    switch (prng.nextInt(8)) {
      case 0: {
        const msg = { market_ticker, yes_dollars_fp: [[price_dollars, count]] }
        return this.#say('orderbook_snapshot', 1, msg)
      }
      case 1: {
        const msg = {
          ...{ trade_id: 't', market_ticker, yes_price_dollars: price_dollars },
          ...{ count_fp: `1${count}`, taker_outcome_side: side, ...at },
        }
        return this.#say('trade', 2, msg)
      }
      case 2: {
        const quotes = { yes_bid_dollars: '0.4000', yes_ask_dollars: price_dollars }
        const sums = { volume_fp: count, open_interest_fp: count }
        return this.#say('ticker', 3, { market_ticker, ...quotes, ...sums, ...at }, false)
      }
      case 3: {
        const words = ['created', 'activated', 'deactivated', 'metadata_updated', 'determined']
        const event_type = words[prng.nextInt(words.length)]
        return this.#say('market_lifecycle_v2', 4, { market_ticker, event_type, floor_strike: 48 })
      }
      case 4: {
        const msg = {
          ...{ trade_id: 't', order_id: 'o', market_ticker, is_taker: true, outcome_side: side },
          ...{ yes_price_dollars: price_dollars, count_fp: `1${count}`, fee_cost: '0.010000' },
        }
        return this.#say('fill', 5, msg, false)
      }
      default: {
        const delta_fp = prng.nextInt(3) === 0 ? `-${count}` : count
        return this.#say('orderbook_delta', 1, {
          market_ticker,
          price_dollars,
          delta_fp,
          side,
          ...at,
        })
      }
    }
  }

  #say(type: string, sid: number, msg: object, isSequenced = true): string {
    const seq = (this.#seqs.get(sid) ?? 0) + 1
    if (isSequenced) this.#seqs.set(sid, seq)
    return JSON.stringify({ type, sid, ...(isSequenced && { seq }), msg })
  }

  /** Half of the frames arrive whole; the others bent in one place or three. */
  mutate(text: string): Uint8Array {
    const bytes = Buffer.from(text)
    if (this.prng.nextInt(2) === 0) return bytes
    let bent = bytes
    for (let times = 1 + this.prng.nextInt(3); times > 0; times--) {
      const at = this.prng.nextInt(bent.length)
      const scrap = Buffer.from(SCRAPS[this.prng.nextInt(SCRAPS.length)]!)
      const gone = this.prng.nextInt(4)
      bent = Buffer.concat([bent.subarray(0, at), scrap, bent.subarray(at + gone)])
    }
    return bent
  }
}

const SCRAPS = [
  '',
  '',
  '0',
  '9',
  '-',
  '.',
  '"',
  ',',
  '}',
  '1e9',
  'null',
  '\\u0000',
  '"seq":1,',
  'é',
]

test(
  `${FRAMES} frames of a bad line: each has an outcome and a reason, none an exception (FUZZ_SEED=${SEED})`,
  {
    timeout: 15_000 + FRAMES,
  },
  () => {
    const machine = createFeedMachine(kalshiWire)
    const watch = { series: ['KXHIGHNY'], events: [], markets: [] }
    const feed = { feed: 'kalshi-ws', watch }
    let state = machine.initial(feed)
    const line = new Line()
    let [frameNo, hostNo] = [0, 0]
    const connectionId = 'main-0-1'
    const take = (kind: RawFrame['kind'], bytes: Uint8Array) =>
      machine.step(state, {
        kind,
        connectionId,
        frameNo: frameNo++,
        receivedTimeUs: frameNo,
        bytes,
      })
    take('open', Buffer.from('kalshi websocket'))
    CHANNELS.forEach((channel, at) => {
      take(
        'frame',
        Buffer.from(JSON.stringify({ type: 'subscribed', msg: { channel, sid: at + 1 } })),
      )
    })
    const seen = new Map<string, number>()
    for (let i = 0; i < FRAMES; i++) {
      const bytes = line.mutate(line.frame())
      const { outcome, reason } = take('frame', bytes)
      if (outcome === null)
        throw new Error(`case ${i}: no outcome: ${Buffer.from(bytes).toString()}`)
      const needsReason = outcome === 'quarantined' || outcome === 'rejected'
      if (needsReason !== (reason !== '')) throw new Error(`case ${i}: ${outcome} for "${reason}"`)
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
      if (i % 1_000 !== 0) continue
      // Seconds pass, and now and then the process is another one.
      const host = encodeHostRecord({ kind: 'second' })
      const hostId = 'main-0-host'
      const record = {
        connectionId: hostId,
        frameNo: hostNo++,
        receivedTimeUs: frameNo,
        bytes: host,
      }
      machine.step(state, { kind: 'frame', ...record })
      state = machine.restore(feed, JSON.parse(JSON.stringify(machine.snapshot(state))))
    }
    const { framesIn, applied, duplicate, quarantined, rejected } = state.counts
    expect(framesIn).toBe(FRAMES + CHANNELS.length)
    expect(applied + duplicate + quarantined + rejected).toBe(framesIn)
    for (const outcome of ['applied', 'duplicate', 'quarantined', 'rejected']) {
      expect(seen.get(outcome), outcome).toBeGreaterThan(FRAMES / 1_000)
    }
  },
)
