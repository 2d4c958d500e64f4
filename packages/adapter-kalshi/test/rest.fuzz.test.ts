import { generateKeyPairSync } from 'node:crypto'
import { systemClock } from '@kwm/runtime'
import { Prng } from '@kwm/std'
import { expect, test } from 'vitest'
import {
  KalshiAccount,
  KalshiHistory,
  KalshiOrders,
  KalshiRest,
  KalshiTransport,
  VenueAnswerError,
  VenueRequestError,
  type WriteOutcome,
} from '../src/index.ts'

/** `KWM_FUZZ=1000000` for the long run. */
const BODIES = Number(process.env['KWM_FUZZ'] ?? 40_000)
const SEED = 20_261_121

const market = {
  ...{
    ticker: 'M',
    event_ticker: 'E',
    status: 'active',
    title: 't',
    yes_sub_title: '80° or above',
  },
  ...{ open_time: '2026-11-19T15:00:00Z', close_time: '2026-11-21T05:00:00Z', floor_strike: 80 },
  ...{ price_ranges: [{ start: '0.0000', end: '1.0000', step: '0.0100' }], rules_primary: 'r' },
}
const prices = {
  open_dollars: '0.4',
  high_dollars: null,
  low_dollars: '0.39',
  close_dollars: '0.4',
}
const candle = {
  ...{ end_period_ts: 60, yes_bid: prices, yes_ask: prices, price: prices },
  ...{ volume_fp: '1.00', open_interest_fp: '2.00' },
}
const order = {
  ...{ order_id: 'o', client_order_id: 'c', ticker: 'M', outcome_side: 'yes', status: 'resting' },
  ...{ yes_price_dollars: '0.4200', fill_count_fp: '0.00', remaining_count_fp: '1.00' },
  ...{ initial_count_fp: '1.00', taker_fees_dollars: '0', maker_fees_dollars: '0.001' },
}
const placed = { order_id: 'o', fill_count: '0.00', remaining_count: '1.00', ts_ms: 1 }
const range = { fromUs: 0, toUs: 600e6 }

let body = ''
const transport = new KalshiTransport({
  baseUrl: 'http://venue/trade-api/v2',
  clock: { ...systemClock, sleep: () => Promise.resolve() },
  credentials: { keyId: 'key', privateKey: generateKeyPairSync('ed25519').privateKey },
  attemptsMax: 1,
  fetch: () => Promise.resolve(new Response(body, { status: 200 })),
})
const rest = new KalshiRest(transport)
const history = new KalshiHistory(transport)
const account = new KalshiAccount(transport)
const orders = new KalshiOrders(transport)

/** A write does not throw: what cannot be read of its answer is its outcome. */
async function acceptedOf(write: Promise<WriteOutcome<unknown>>): Promise<unknown> {
  const made = await write
  if (made.outcome === 'accepted') return made.ack
  throw made.error
}
const request = {
  marketTicker: 'M',
  clientOrderId: 'c',
  side: 'bid',
  yesPriceBps: 4_200,
  countCenti: 100,
  timeInForce: 'good_till_canceled',
} as const

/** A true answer of each read and call, and the call. */
const CALLS: readonly (readonly [answer: unknown, call: () => Promise<unknown>])[] = [
  [{ markets: [market], cursor: '' }, () => rest.markets({})],
  [{ event: { event_ticker: 'E', series_ticker: 'S', markets: [market] } }, () => rest.event('E')],
  [{ series: [{ ticker: 'S', fee_multiplier: 1 }] }, () => rest.seriesList()],
  [
    { orderbook_fp: { yes_dollars: [['0.42', '1.00']], no_dollars: null } },
    () => rest.orderbook('M'),
  ],
  [
    { orderbooks: [{ ticker: 'M', orderbook_fp: { yes_dollars: [['0.42', '1']] } }] },
    () => rest.orderbooks(['M']),
  ],
  [
    {
      series_fee_change_arr: [
        {
          series_ticker: 'S',
          fee_type: 'q',
          fee_multiplier: 1,
          scheduled_ts: '2026-11-19T15:00:00Z',
        },
      ],
    },
    () => rest.feeChanges(),
  ],
  [
    { markets: [{ market_ticker: 'M', candlesticks: [candle] }] },
    () => history.candles(['M'], range, 1),
  ],
  [
    { market_tickers: ['M'], market_candlesticks: [[candle]], adjusted_end_ts: 600 },
    () => history.eventCandles({ seriesTicker: 'S', eventTicker: 'E' }, range, 1),
  ],
  [
    {
      market_settled_ts: '2026-08-09T00:00:00Z',
      trades_created_ts: '2026-08-09T00:00:00Z',
      orders_updated_ts: '2026-08-09T00:00:00Z',
    },
    () => history.cutoff(),
  ],
  [{ orders: [order], cursor: '' }, () => account.orders({ status: 'resting' })],
  [
    {
      balance_dollars: '10.00',
      portfolio_value: 1,
      balance_breakdown: [{ exchange_index: 0, balance: '1' }],
    },
    () => account.balance(),
  ],
  [placed, () => acceptedOf(orders.create(request) as Promise<WriteOutcome<unknown>>)],
  [
    { orders: [placed, { error: { code: 'x', message: 'y' } }] },
    () => acceptedOf(orders.createBatch([request, request])),
  ],
  [
    { order_id: 'o', reduced_by: '1.00', ts_ms: 1 },
    () => acceptedOf(orders.cancel({ orderId: 'o' }) as Promise<WriteOutcome<unknown>>),
  ],
]

const JUNK = [
  null,
  true,
  -1,
  1e308,
  '',
  'NaN',
  '0.00001',
  '-5',
  '9'.repeat(40),
  [],
  {},
  [[]],
  '2026-13-45T99:00:00Z',
]

function mutated(value: unknown, prng: Prng): unknown {
  if (prng.nextFloat() < 0.12) return JUNK[prng.nextInt(JUNK.length)]
  if (Array.isArray(value)) {
    const items = value.map((item) => mutated(item, prng))
    return prng.nextFloat() < 0.1 ? [...items, ...items] : items
  }
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
    .filter(() => prng.nextFloat() > 0.04)
    .map(([name, inner]) => [name, mutated(inner, prng)] as const)
  return Object.fromEntries(entries)
}

/** Some are not even JSON: cut short, or with a byte of another kind in them. */
function spoiled(text: string, prng: Prng): string {
  if (prng.nextFloat() > 0.15) return text
  const at = prng.nextInt(text.length + 1)
  return prng.nextFloat() < 0.5
    ? text.slice(0, at)
    : text.slice(0, at) + '\u0000' + text.slice(at + 1)
}

test('the true answers are read', async () => {
  for (const [answer, call] of CALLS) {
    body = JSON.stringify(answer)
    await expect(call()).resolves.toBeDefined()
  }
})

test(`${BODIES} spoiled answers are read or refused with a reason, never anything else`, async () => {
  const prng = new Prng(SEED)
  let refused = 0
  for (let count = 0; count < BODIES; count++) {
    const [answer, call] = CALLS[count % CALLS.length]!
    body = spoiled(JSON.stringify(mutated(answer, prng)) ?? '', prng)
    try {
      await call()
    } catch (error) {
      const isOurs = error instanceof VenueAnswerError || error instanceof VenueRequestError
      if (!isOurs) throw new Error(`body ${count}, seed ${SEED}: ${body}`, { cause: error })
      if (error.message.length < 10) throw new Error(`no reason: ${body}`, { cause: error })
      refused++
    }
  }
  expect(refused).toBeGreaterThan(BODIES / 5)
  expect(refused).toBeLessThan(BODIES)
}, 3_600_000)
