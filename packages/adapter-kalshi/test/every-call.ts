import {
  KalshiAccount,
  KalshiExchange,
  KalshiHistory,
  KalshiOrderGroups,
  KalshiOrders,
  KalshiRest,
  type HistoryPage,
  type KalshiTransport,
} from '../src/index.ts'
import { ANSWERS } from './answers.ts'

export type Sent = {
  readonly call: string
  readonly method: string
  readonly url: URL
  readonly body: unknown
}

/** Answers every documented call by its sample, as the last page, and keeps what was asked. */
export class SampleVenue {
  readonly sent: Sent[] = []

  readonly fetch: typeof fetch = (url, init) => {
    const { method = 'GET', body } = init as { method?: string; body?: string }
    const asked = new URL(url instanceof Request ? url.url : url)
    const path = asked.pathname.replace('/trade-api/v2', '')
    const found = ANSWERS.filter(({ call }) => isOf(call, method, path)).toSorted(
      (a, b) => a.call.split('{').length - b.call.split('{').length,
    )[0]
    const call = found?.call ?? `${method} ${path}`
    this.sent.push({
      call,
      method,
      url: asked,
      body: body === undefined ? undefined : JSON.parse(body),
    })
    const answer = found ? { ...(found.sample as object), ...ofLastPage(found.sample) } : {}
    return Promise.resolve(Response.json(answer))
  }
}

const isOf = (call: string, method: string, path: string): boolean => {
  const [verb, template] = call.split(' ') as [string, string]
  const pattern = template.replace(/\{[^}]*\}/g, '[^/]+')
  return verb === method && new RegExp(`^${pattern}$`).test(path)
}

const ofLastPage = (sample: unknown): object => {
  return 'cursor' in (sample as object) ? { cursor: '' } : {}
}

async function all<Item>(pages: AsyncIterable<HistoryPage<Item>>): Promise<Item[]> {
  const items: Item[] = []
  for await (const page of pages) items.push(...page.items)
  return items
}

const window = { fromUs: 1_780_000_000_000_000, toUs: 1_780_000_600_000_000 }
const scope = { subaccount: 1, exchangeIndex: 2 }
const order = {
  marketTicker: 'T',
  clientOrderId: 'c',
  side: 'bid',
  yesPriceBps: 4_200,
  countCenti: 100,
  ...scope,
} as const
const create = {
  ...order,
  timeInForce: 'immediate_or_cancel',
  isPostOnly: false,
  isReduceOnly: true,
  isCanceledOnPause: true,
  orderGroupId: 'g',
} as const
const resting = { ...create, timeInForce: 'good_till_canceled', isReduceOnly: false } as const
const ref = { orderId: 'o', marketTicker: 'T', ...scope }
const group = { orderGroupId: 'g', ...scope }
const ofEvent = { seriesTicker: 'S', eventTicker: 'E' }

/** Every read, with every filter it has. */
export async function readEverything(transport: KalshiTransport): Promise<unknown[]> {
  const rest = new KalshiRest(transport)
  const history = new KalshiHistory(transport)
  const exchange = new KalshiExchange(transport)
  const account = new KalshiAccount(transport)
  const closing = { minCloseTs: 1, maxCloseTs: 2, minSettledTs: 3, status: 'open' }
  return [
    await rest.exchangeStatus(),
    await rest.series('S'),
    await rest.seriesList({ category: 'Climate', tag: 'a' }),
    await rest.event('E'),
    await rest.events('S', 'open'),
    await rest.market('T'),
    await rest.markets({ ...ofEvent, tickers: ['T'], ...closing }),
    await rest.orderbook('T'),
    await rest.orderbooks(['A', 'B']),
    await rest.feeChanges(),
    await rest.eventFeeChanges('E'),
    await exchange.schedule(),
    await exchange.weatherIndex('miami', window),
    await exchange.eventLiveData('E'),
    await history.cutoff(),
    await all(history.trades('T', window, 'live')),
    await all(history.trades('T', window, 'historical')),
    await all(history.markets('S')),
    await history.eventCandles(ofEvent, window, 1),
    await history.marketCandles({ seriesTicker: 'S', marketTicker: 'T' }, window, 60),
    await history.candles(['T'], window, 1),
    await history.historicalCandles('T', window, 1_440),
    await account.balance(scope),
    await account.order('o'),
    await account.orders({ ...scope, ...window, marketTicker: 'T', status: 'executed' }),
    await account.findOrder({ clientOrderId: 'c', marketTicker: 'T', sentTimeUs: 1.8e15 }),
    await account.fills({ ...scope, ...window, marketTicker: 'T', orderId: 'o' }),
    await account.positions({
      ...scope,
      ...{ marketTicker: 'T', eventTicker: 'E', settlementStatus: 'all' },
    }),
    await account.settlements({
      ...window,
      ...{ marketTicker: 'T', eventTicker: 'E', subaccount: 1 },
    }),
    await account.queuePositions({ marketTickers: ['T'], eventTicker: 'E' }),
  ]
}

/** Every write, with every parameter it has. */
export async function writeEverything(transport: KalshiTransport): Promise<unknown[]> {
  const orders = new KalshiOrders(transport)
  const groups = new KalshiOrderGroups(transport)
  return [
    await orders.create(create),
    await orders.createBatch([resting, { ...resting, expirationTimeUs: 1.8e15 }]),
    await orders.cancel(ref),
    await orders.cancelBatch([ref, { orderId: 'p' }]),
    await orders.cancelAll(),
    await orders.amend({ ...order, orderId: 'o', updatedClientOrderId: 'd', expirationTimeUs: 0 }),
    await orders.decrease(ref, { toCenti: 0 }),
    await orders.decrease(ref, { byCenti: 1 }),
    await groups.create(100, scope),
    await groups.list(1),
    await groups.find(group),
    await groups.setLimit(group, 100),
    await groups.reset(group),
    await groups.trigger(group),
    await groups.delete(group),
  ]
}
