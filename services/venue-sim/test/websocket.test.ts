import { generateKeyPairSync } from 'node:crypto'
import { syntheticDay } from '@kwm/sim'
import { afterEach, describe, expect, test } from 'vitest'
import {
  Client,
  ClientBooks,
  KEY_ID,
  bookOf,
  openVenue,
  restBook,
  signedHeaders,
} from './harness.ts'
import type { Message, Venue } from './harness.ts'

const source = syntheticDay({ seed: 'ws', fromHour: 12, toHour: 13 }).source
const tickers = source.markets.map(({ ticker }) => ticker)
const [first = '', second = '', third = ''] = tickers

let venue: Venue
afterEach(() => venue.close())

const subscribe = (id: number, channels: string[], market_tickers?: string[], more = {}) => ({
  id,
  cmd: 'subscribe',
  params: { channels, ...(market_tickers ? { market_tickers } : {}), ...more },
})
const update = (id: number, sid: number, action: string, market_tickers?: string[]) => ({
  id,
  cmd: 'update_subscription',
  params: { sids: [sid], action, ...(market_tickers ? { market_tickers } : {}) },
})

describe('the upgrade', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  const statusOf = async (headers: Record<string, string>): Promise<number> => {
    const { socket } = new Client(venue.url, headers)
    return new Promise((resolve) => {
      socket.on('open', () => {
        socket.terminate()
        resolve(101)
      })
      socket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0))
    })
  }

  test('needs a signature by a registered key, made now', async () => {
    venue = await openVenue(source)
    expect(await statusOf({})).toBe(401)
    expect(await statusOf(signedHeaders(undefined, 'another key'))).toBe(401)
    expect(await statusOf(signedHeaders(generateKeyPairSync('ed25519').privateKey))).toBe(401)
    expect(await statusOf(signedHeaders(undefined, KEY_ID, Date.now() - 60_000))).toBe(401)
    expect(await statusOf({ ...signedHeaders(), 'KALSHI-ACCESS-TIMESTAMP': 'now' })).toBe(401)
    expect(await statusOf({ ...signedHeaders(), 'KALSHI-ACCESS-SIGNATURE': '!' })).toBe(401)
    expect(await statusOf(signedHeaders())).toBe(101)
    expect((await fetch(venue.url.replace('ws:', 'http:'))).status).toBe(404)
  })

  test('takes RSA-PSS too', async () => {
    venue = await openVenue(source, {}, new Map([['rsa', rsa.publicKey]]))
    expect(await statusOf(signedHeaders(rsa.privateKey, 'rsa'))).toBe(101)
    expect(await statusOf(signedHeaders(generateKeyPairSync('ed25519').privateKey, 'rsa'))).toBe(
      401,
    )
  })
})

test('snapshot and deltas make the book that REST shows, at every pause', async () => {
  venue = await openVenue(source, { speed: 600 })
  const client = await Client.open(venue.url)
  const channels = ['orderbook_delta', 'trade', 'ticker', 'market_lifecycle_v2']
  client.send(subscribe(1, channels, tickers, { send_initial_snapshot: true }))
  await client.until(({ texts }) => texts.length >= 4 + 6 + 6)
  expect(client.messages.filter(({ type }) => type === 'subscribed').map(({ msg }) => msg)).toEqual(
    channels.map((channel, index) => ({ channel, sid: index + 1 })),
  )
  const books = new ClientBooks()
  let applied = 0
  const catchUp = (): void => {
    for (; applied < client.texts.length; applied++) {
      books.apply(JSON.parse(client.texts[applied]!) as Message)
    }
  }
  for (let round = 0; round < 4; round++) {
    await venue.post('/admin/start')
    const from = client.texts.length
    await client.until(({ texts }) => texts.length > from + 150)
    await venue.post('/admin/pause')
    // The inline snapshots come after every delta sent before: nothing is under way any more.
    client.send(update(100 + round, 1, 'get_snapshot', tickers))
    await client.until(({ messages }) => {
      const tail = messages.slice(-6)
      return tail.length === 6 && tail.every(({ type }) => type === 'orderbook_snapshot')
    })
    const inline = client.messages.slice(-6)
    while (applied < client.texts.length - 6) {
      books.apply(JSON.parse(client.texts[applied++]!) as Message)
    }
    for (const ticker of tickers) {
      const rest = await venue.get(`/trade-api/v2/markets/${ticker}/orderbook`)
      const snapshot = inline.find(({ msg }) => msg.market_ticker === ticker)!
      expect(books.books.get(ticker)).toEqual(restBook(rest))
      expect(bookOf(snapshot.msg)).toEqual(restBook(rest))
    }
    catchUp()
  }
  // To the end: determined and settled, all books empty.
  await venue.post('/admin/speed', { speed: 5_000 })
  await venue.post('/admin/start')
  await client.until(
    ({ messages }) => messages.filter(({ type }) => type === 'market_lifecycle_v2').length === 12,
  )
  catchUp()
  for (const book of books.books.values()) expect(book.size).toBe(0)
  const { markets } = (await venue.get('/trade-api/v2/markets?status=settled')) as {
    markets: { status: string; result: string; settlement_value_dollars: string }[]
  }
  expect(markets.map(({ result }) => result).sort()).toEqual(['no', 'no', 'no', 'no', 'no', 'yes'])
  expect(markets.every(({ status }) => status === 'finalized')).toBe(true)
})

test('control frames and inline snapshots consume sequence numbers of the sid', async () => {
  venue = await openVenue(source)
  const client = await Client.open(venue.url)
  client.send(subscribe(1, ['orderbook_delta'], [first]))
  await client.until(({ texts }) => texts.length === 2)
  const ok = await client.ask(update(2, 1, 'add_markets', [first, second, 'NO-SUCH-MARKET']))
  expect(ok).toMatchObject({ type: 'ok', sid: 1, seq: 2 })
  expect(ok.msg['market_tickers']).toEqual([first, second, 'NO-SUCH-MARKET'])
  await client.until(({ texts }) => texts.length === 4)
  client.send({
    id: 3,
    cmd: 'update_subscription',
    params: { sid: 1, action: 'get_snapshot', market_ticker: second },
  })
  await client.until(({ texts }) => texts.length === 5)
  expect(await client.ask(update(4, 1, 'delete_markets', [first]))).toMatchObject({ seq: 5 })
  expect(client.messages.map(({ type, seq, msg }) => [type, seq, msg?.market_ticker])).toEqual([
    ['subscribed', undefined, undefined],
    ['orderbook_snapshot', 1, first],
    ['ok', 2, undefined],
    ['orderbook_snapshot', 3, second],
    ['orderbook_snapshot', 4, second],
    ['ok', 5, undefined],
  ])
  expect(await client.ask(subscribe(5, ['ticker', 'trade']))).toMatchObject({ type: 'subscribed' })
  await client.until(({ texts }) => texts.length === 8)
  expect((await client.ask({ id: 6, cmd: 'list_subscriptions' })).msg).toEqual([
    { channel: 'orderbook_delta', sid: 1 },
    { channel: 'trade', sid: 2 },
    { channel: 'ticker', sid: 3 },
  ])
  expect(await client.ask({ id: 7, cmd: 'unsubscribe', params: { sids: [1] } })).toEqual({
    id: 7,
    sid: 1,
    seq: 6,
    type: 'unsubscribed',
  })
  await venue.post('/admin/start')
  await client.until(({ texts }) => texts.length > 20)
  expect(client.messages.slice(10).some(({ sid }) => sid === 1)).toBe(false)
})

test('commands that make no sense get the numbered errors', async () => {
  venue = await openVenue(source)
  const client = await Client.open(venue.url)
  client.send('{"id":')
  client.send('[]')
  client.send({ cmd: 'subscribe', params: {} })
  await client.until(({ texts }) => texts.length === 3)
  expect(client.messages.map(({ msg }) => msg['code'])).toEqual([1, 1, 1])
  const codeOf = async (command: { id: number } & Record<string, unknown>): Promise<unknown> => {
    const { type, msg } = await client.ask(command)
    return type === 'error' ? msg['code'] : type
  }
  expect(await codeOf({ id: 11, cmd: 'dance' })).toBe(5)
  expect(await codeOf({ id: 12, cmd: 'subscribe' })).toBe(2)
  expect(await codeOf({ id: 13, cmd: 'subscribe', params: {} })).toBe(3)
  expect(await codeOf({ id: 14, cmd: 'subscribe', params: { channels: 7 } })).toBe(1)
  expect(await codeOf(subscribe(15, ['orderbook_delta']))).toBe(14)
  expect(await codeOf(subscribe(16, ['communications']))).toBe(8)
  expect(await codeOf({ id: 17, cmd: 'unsubscribe', params: { sids: [] } })).toBe(4)
  expect(await codeOf({ id: 18, cmd: 'unsubscribe', params: { sids: [9] } })).toBe(7)
  expect(await codeOf(update(19, 9, 'add_markets', [first]))).toBe(7)
  expect(await codeOf(subscribe(20, ['trade'], [first]))).toBe('subscribed')
  expect(await codeOf(update(21, 1, 'get_snapshot', [first]))).toBe(13)
  expect(await codeOf(update(22, 1, 'dance', [first]))).toBe(13)
  expect(await codeOf(update(23, 1, 'add_markets'))).toBe(14)
  const noAction = { sids: [1], market_tickers: [first] }
  expect(await codeOf({ id: 24, cmd: 'update_subscription', params: noAction })).toBe(15)
  const twoSids = { ...noAction, sids: [1, 2], action: 'add_markets' }
  expect(await codeOf({ id: 25, cmd: 'update_subscription', params: twoSids })).toBe(12)
  expect(client.socket.readyState).toBe(client.socket.OPEN)
})

test('use_yes_price quotes the NO side in YES prices', async () => {
  venue = await openVenue(source)
  const client = await Client.open(venue.url)
  client.send(subscribe(1, ['orderbook_delta'], [third], { use_yes_price: true }))
  client.send(subscribe(2, ['orderbook_delta'], [third]))
  await client.until(({ texts }) => texts.length === 4)
  const [asYes, asNo] = client.messages.filter(({ type }) => type === 'orderbook_snapshot')
  const flipped = asNo!.msg.no_dollars_fp!.map(([price, count]) => [
    (1 - Number(price)).toFixed(4),
    count,
  ])
  expect(asYes!.msg.no_dollars_fp).toEqual(flipped)
  expect(asYes!.msg.yes_dollars_fp).toEqual(asNo!.msg.yes_dollars_fp)
})

describe('faults', () => {
  const watch = async (): Promise<Client> => {
    venue = await openVenue(source, { speed: 300 })
    const client = await Client.open(venue.url)
    client.send(subscribe(1, ['orderbook_delta'], tickers))
    await client.until(({ texts }) => texts.length === 7)
    return client
  }
  const playSome = async (client: Client): Promise<void> => {
    await venue.post('/admin/start')
    await client.until(({ texts }) => texts.length > 40)
    await venue.post('/admin/pause')
  }
  const seqsOf = (client: Client): number[] =>
    client.texts.flatMap((text) => {
      const match = /"seq":(\d+)/.exec(text)
      return match ? [Number(match[1])] : []
    })
  const steps = (seqs: number[]): number[] => seqs.slice(1).map((seq, i) => seq - seqs[i]!)

  test('nobody connected: 409; nonsense: 400', async () => {
    venue = await openVenue(source)
    expect(await venue.post('/admin/fault', { kind: 'gap' })).toMatchObject({ status: 409 })
    expect(await venue.post('/admin/fault', { kind: 'fire' })).toMatchObject({ status: 400 })
    expect(await venue.post('/admin/speed', { speed: 0 })).toMatchObject({ status: 400 })
  })

  test('gap and duplicate', async () => {
    const client = await watch()
    await venue.post('/admin/fault', { kind: 'gap', count: 3 })
    await venue.post('/admin/fault', { kind: 'duplicate' })
    await playSome(client)
    const found = steps(seqsOf(client))
    expect(found.filter((step) => step !== 1)).toEqual([4, 0])
  })

  test('garbage and unknown type come between and take no sequence number', async () => {
    const client = await watch()
    await venue.post('/admin/fault', { kind: 'garbage' })
    await venue.post('/admin/fault', { kind: 'unknown-type' })
    await playSome(client)
    const isJson = (text: string): boolean => {
      try {
        return JSON.parse(text) !== undefined
      } catch {
        return false
      }
    }
    expect(client.texts.filter((text) => !isJson(text))).toHaveLength(1)
    expect(client.texts.filter((text) => text.includes('orderbook_mystery'))).toHaveLength(1)
    expect(steps(seqsOf(client)).every((step) => step === 1)).toBe(true)
  })

  test('bad levels are frames too many, the venue itself stays right', async () => {
    const client = await watch()
    await venue.post('/admin/fault', { kind: 'negative-level' })
    await venue.post('/admin/fault', { kind: 'off-grid' })
    await playSome(client)
    expect(steps(seqsOf(client)).every((step) => step === 1)).toBe(true)
    const bad = client.messages.filter(
      ({ msg }) => msg['price_dollars'] === '0.45555' || msg['delta_fp'] === '-99999999.00',
    )
    expect(bad).toHaveLength(2)
    const books = new ClientBooks()
    const good = client.messages.filter((message) => !bad.some(({ seq }) => seq === message.seq))
    for (const [index, message] of good.entries()) {
      books.apply(message.seq === undefined ? message : { ...message, seq: index })
    }
    for (const ticker of tickers) {
      const rest = await venue.get(`/trade-api/v2/markets/${ticker}/orderbook`)
      expect(books.books.get(ticker)).toEqual(restBook(rest))
    }
  })

  test('stall: silence, then everything in order', async () => {
    const client = await watch()
    await venue.post('/admin/fault', { kind: 'stall', durationMs: 400 })
    const from = client.texts.length
    await venue.post('/admin/start')
    await new Promise((resolve) => setTimeout(resolve, 250))
    expect(client.texts).toHaveLength(from)
    await client.until(({ texts }) => texts.length > from + 20)
    expect(steps(seqsOf(client)).every((step) => step === 1)).toBe(true)
  })

  test('disconnect', async () => {
    const client = await watch()
    await venue.post('/admin/fault', { kind: 'disconnect' })
    await client.until(({ closeCode }) => closeCode !== undefined)
    expect(client.closeCode).toBe(1_006)
  })
})
