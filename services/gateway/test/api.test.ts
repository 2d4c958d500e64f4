import { afterEach, describe, expect, test } from 'vitest'
import type { PageUpdate } from '../src/http/page-update.ts'
import { parseConfig } from '../src/config.ts'
import { EventIndex } from '../src/why.ts'
import { Day } from './day.ts'
import { startGateway, type TestGateway } from './gateway.ts'
import { TapeWriter } from './tape-writer.ts'

const options = { seed: 3, hours: 8, stepSeconds: 60, isFinished: true, isSynthetic: true }
const json = { 'content-type': 'application/json' }

let gateway: TestGateway | undefined
afterEach(async () => {
  await gateway?.close()
  gateway = undefined
})

describe('reading', () => {
  test('the summary counts what is on the tape', async () => {
    const day = new Day(options)
    gateway = await startGateway({ log: day.tape.log })
    await gateway.settle()
    const answer = await gateway.server.inject('/api/summary')
    const count = (type: string) =>
      day.tape.log.records.filter(({ subject }) => subject.includes(`.${type}.`)).length
    const positions = [...day.positions.values()]
    const fees = positions.reduce((sum, p) => sum + p.feesMicros, 0)
    const realized = positions.reduce((sum, p) => sum + p.realizedPnlMicros, 0)
    expect(answer.json()).toMatchObject({
      tapeSeq: day.tape.log.records.length,
      opportunities: count('signal.opportunity.v1'),
      intents: count('signal.order-intent.v1'),
      approved: count('risk.order-approved.v1'),
      denied: count('risk.order-denied.v1'),
      orders: count('exec.order-submitted.v1'),
      fills: count('exec.fill.v1'),
      feesMicros: fees,
      pnlMicros: realized - fees,
      unrealizedPnlMicros: 0,
    })
    const { framesIn, applied, duplicate, quarantined, rejected } = answer.json()
    expect(framesIn).toBe(applied + duplicate + quarantined + rejected)
    expect(framesIn).toBeGreaterThan(0)
  })

  test('why leads from an order to the raw frame that started it', async () => {
    const day = new Day(options)
    gateway = await startGateway({ log: day.tape.log })
    await gateway.settle()
    const state: PageUpdate = (await gateway.server.inject('/api/state')).json()
    const submitted = state.orders
      .flatMap(({ stages }) => stages)
      .find(({ stage }) => stage === 'order-submitted')!
    const { links, origin } = (await gateway.server.inject(`/api/why/${submitted.id}`)).json()
    expect(links.map((link: { event: { type: string } }) => link.event.type)).toEqual([
      'exec.order-submitted.v1',
      'risk.order-approved.v1',
      'signal.order-intent.v1',
      'pmf.fused-pmf.v1',
      'feature.ladder-frame.v1',
      'md.book-delta.v1',
    ])
    expect(origin.kind).toBe('raw-frame')
    expect(origin.id).toMatch(/^sim1-\d+$/)
  })

  test('why of nothing is 404, of a request an operator, of a tick the clock', async () => {
    gateway = await startGateway({ log: new Day({ ...options, hours: 1 }).tape.log })
    await gateway.settle()
    const { server } = gateway
    expect((await server.inject('/api/why/nothing-1-0')).statusCode).toBe(404)
    expect((await server.inject('/api/why/risk-1-f0.p0.s0.0')).statusCode).toBe(404)
    const { id } = (
      await server.inject({ method: 'POST', url: '/api/halt', headers: json, payload: {} })
    ).json()
    await gateway.settle()
    expect((await server.inject(`/api/why/${id}`)).json().origin.kind).toBe('operator')
  })

  test('why of a tick of the tape’s clock leads through it to the frame behind', async () => {
    const tape = new TapeWriter()
    const stale = { marketTicker: 'E-B1', reason: 'audit' } as const
    const cause = tape.outside('md.book-stale.v1', 5_000_000, stale)
    const tick = tape.tickBehind(cause)
    const halted = { reason: 'feed-stale', requestedBy: 'risk' }
    const { id } = tape.made('risk', 'risk.halted.v1', tick, halted)
    gateway = await startGateway({ log: tape.log })
    await gateway.settle()
    const { links, origin } = (await gateway.server.inject(`/api/why/${id}`)).json()
    const types = links.map((link: { event: { type: string } }) => link.event.type)
    expect(types).toEqual(['risk.halted.v1', 'ops.tick.v1', 'md.book-stale.v1'])
    expect(origin).toEqual({ kind: 'raw-frame', id: 'sim1-0' })
  })

  test('an unparsable record is counted and passed over', async () => {
    const day = new Day({ ...options, hours: 1 })
    const record = day.tape.log.records.at(-1)!
    day.tape.log.appendNow({ ...record, subject: 'tape.test.exec.fill.v1.x', id: 'bad', body: '{' })
    gateway = await startGateway({ log: day.tape.log })
    await gateway.settle()
    const { status } = (await gateway.server.inject('/api/state')).json()
    expect(status).toMatchObject({ unparsable: 1, tapeSeq: record.seq + 1 })
  })

  test('probes, metrics and files', async () => {
    gateway = await startGateway()
    const { server } = gateway
    await expect.poll(async () => (await server.inject('/readyz')).statusCode).toBe(200)
    expect((await server.inject('/livez')).statusCode).toBe(200)
    expect((await server.inject('/metrics')).body).toContain('gateway_tape_seq')
    const page = await server.inject('/')
    expect(page.headers['content-security-policy']).toContain("script-src 'self'")
    expect(page.body).toContain('<title>Kalshi Weather Momentum</title>')
    expect((await server.inject('/vendor/uplot/uPlot.esm.js')).statusCode).toBe(200)
    expect((await server.inject('/..%2fpackage.json')).statusCode).toBe(404)
  })

  test('the health of other services is asked for', async () => {
    const other = await startGateway()
    const url = await other.listen()
    const services = [
      { name: 'risk', url },
      { name: 'gone', url: 'http://127.0.0.1:1' },
    ]
    gateway = await startGateway({ services })
    await gateway.poller.poll(new AbortController().signal)
    const state: PageUpdate = (await gateway.server.inject('/api/state')).json()
    expect(state.services.map(({ state: health }) => health)).toEqual(['ready', 'unreachable'])
    await other.close()
  })
})

describe('control', () => {
  const post = (headers: Record<string, string>, payload: object = {}) =>
    gateway!.server.inject({ method: 'POST', url: '/api/halt', headers, payload })

  test('a request is on the tape once, however often it is sent', async () => {
    gateway = await startGateway()
    const payload = { reason: 'storm', requestId: 'abcdefgh-1' }
    const answers = [await post(json, payload), await post(json, payload)]
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([202, 202])
    expect(answers.map((answer) => answer.json().isDuplicate)).toEqual([false, true])
    expect(gateway.log.records).toHaveLength(1)
    expect(JSON.parse(gateway.log.records[0]!.body)).toMatchObject({
      type: 'ops.halt-requested.v1',
      data: { reason: 'storm', requestedBy: 'dashboard' },
    })
  })

  test('in simulated time a request carries the tape’s time', async () => {
    const day = new Day({ ...options, hours: 1 })
    gateway = await startGateway({ log: day.tape.log })
    await gateway.settle()
    await post(json)
    expect(JSON.parse(gateway.log.records.at(-1)!.body).eventTimeUs).toBe(day.nowUs)
  })

  test.each([
    ['a foreign page', { ...json, origin: 'https://evil.example' }, 403],
    ['a page of another port', { ...json, origin: 'http://localhost:3000' }, 403],
    ['a rebound name', { ...json, host: 'evil.example' }, 403],
    ['another site', { ...json, 'sec-fetch-site': 'cross-site' }, 403],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['our own page', { ...json, host: 'localhost:8080', origin: 'http://localhost:8080' }, 202],
  ])('on loopback, %s', async (_, headers, status) => {
    gateway = await startGateway()
    expect((await post(headers)).statusCode).toBe(status)
    expect(gateway.log.records).toHaveLength(status === 202 ? 1 : 0)
  })

  test('reading is refused to a rebound name too', async () => {
    gateway = await startGateway()
    const headers = { host: 'evil.example:8080' }
    expect((await gateway.server.inject({ url: '/api/state', headers })).statusCode).toBe(403)
    expect((await gateway.server.inject({ url: '/readyz', headers })).statusCode).not.toBe(403)
  })

  test('beyond loopback nobody controls without a token', async () => {
    gateway = await startGateway({ host: '0.0.0.0' })
    expect((await post(json)).statusCode).toBe(403)
    expect((await post({ ...json, authorization: 'Bearer undefined' })).statusCode).toBe(403)
  })

  test('beyond loopback the token is needed, and the right one', async () => {
    const controlToken = 'correct-horse-battery'
    gateway = await startGateway({ host: '0.0.0.0', controlToken })
    expect((await post(json)).statusCode).toBe(401)
    expect((await post({ ...json, authorization: 'Bearer wrong' })).statusCode).toBe(401)
    const authorization = `Bearer ${controlToken}`
    expect((await post({ ...json, authorization })).statusCode).toBe(202)
    const foreign = { ...json, authorization, origin: 'https://evil.example' }
    expect((await post(foreign)).statusCode).toBe(403)
  })

  test('a body that is not a request is refused', async () => {
    gateway = await startGateway()
    expect((await post(json, { reason: 'x'.repeat(201) })).statusCode).toBe(400)
    expect((await post(json, { price: 1 })).statusCode).toBe(400)
    expect((await post(json, { reason: 'x'.repeat(5_000) })).statusCode).toBe(413)
    expect(gateway.log.records).toHaveLength(0)
  })
})

test('the index of events is bounded', () => {
  const index = new EventIndex(3)
  for (let seq = 1; seq <= 10; seq++) index.add(`id-${seq}`, seq)
  expect(index.size).toBe(3)
  expect([index.seqOf('id-7'), index.seqOf('id-8')]).toEqual([undefined, 8])
})

test('configuration', () => {
  expect(parseConfig({})).toMatchObject({ http: { host: '127.0.0.1', port: 8_080 }, services: [] })
  const { services } = parseConfig({ GATEWAY_SERVICES: 'risk=http://a:1/, exec=http://b:2' })
  expect(services).toEqual([
    { name: 'risk', url: 'http://a:1' },
    { name: 'exec', url: 'http://b:2' },
  ])
  expect(() => parseConfig({ GATEWAY_SERVICES: 'risk' })).toThrow(/name=http/)
  expect(() => parseConfig({ GATEWAY_SERVICES: 'x=file:///etc/passwd' })).toThrow(/name=http/)
  expect(() => parseConfig({ GATEWAY_CONTROL_TOKEN: 'short' })).toThrow(/16 characters/)
})
