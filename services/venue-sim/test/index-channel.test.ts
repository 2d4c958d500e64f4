import { decodeFrameText } from '@kwm/adapter-kalshi'
import { syntheticDay } from '@kwm/sim'
import type { ValidateFunction } from 'ajv'
import { afterEach, expect, test } from 'vitest'
import { Client, openVenue } from './harness.ts'
import type { Message, Venue } from './harness.ts'
import { areSpecsThere, ASYNCAPI, schemasOf } from './published-specs.ts'

const source = syntheticDay({ seed: 'index', fromHour: 12, toHour: 13 }).source
const CHANNEL = 'cfbenchmarks_value'

let venue: Venue
afterEach(() => venue.close())

const valuesOf = ({ messages }: Client): Message[] =>
  messages.filter(({ type }) => type === CHANNEL)
const update = (id: number, sid: number, action: string, index_ids?: string[]) => ({
  ...{ id, cmd: 'update_subscription' },
  params: { sid, action, ...(index_ids && { index_ids }) },
})

async function openClient(params: object): Promise<Client> {
  venue = await openVenue(source, { speed: 600 })
  const client = await Client.open(venue.url)
  const answer = await client.ask({ id: 1, cmd: 'subscribe', params })
  expect(answer).toMatchObject({ type: 'subscribed', msg: { channel: CHANNEL, sid: 1 } })
  venue.sim.player.start()
  return client
}

test('a subscriber hears every second of the index, and our own client reads it', async () => {
  const client = await openClient({ channels: [CHANNEL], index_ids: ['BRTI'] })
  await client.until((c) => valuesOf(c).length >= 1_000)
  const frames = client.texts.filter((text) => text.startsWith(`{"type":"${CHANNEL}","sid"`))
  let last = 0
  for (const [index, text] of frames.entries()) {
    const frame = decodeFrameText(text)
    if (frame.kind !== 'index-value') throw new Error(text)
    expect(frame).toMatchObject({ index: 'BRTI', seq: index + 1 })
    if (last > 0) expect(frame.venueTimeUs).toBe(last + 1_000_000)
    last = frame.venueTimeUs!
  }
  expect(await venue.get('/admin/status')).toMatchObject({ index: { id: 'BRTI', synthetic: true } })
})

test('indices are added, listed and left; what is asked wrongly has its number', async () => {
  const client = await openClient({ channels: [CHANNEL] })
  expect(await client.ask(update(2, 1, 'indexlist'))).toMatchObject({
    ...{ type: `${CHANNEL}_indexlist`, seq: 1, msg: { index_ids: ['BRTI'] } },
  })
  expect(await client.ask(update(3, 1, 'subscribe_indices'))).toMatchObject({ msg: { code: 24 } })
  expect(await client.ask(update(4, 9, 'indexlist'))).toMatchObject({ msg: { code: 7 } })
  expect(valuesOf(client)).toEqual([])
  expect(await client.ask(update(5, 1, 'subscribe_indices', ['all']))).toMatchObject({ seq: 2 })
  await client.until((c) => valuesOf(c).length > 5)
  await client.ask(update(6, 1, 'unsubscribe_indices', ['all']))
  const { length } = valuesOf(client)
  await client.ask({ id: 7, cmd: 'list_subscriptions' })
  await client.ask(update(8, 1, 'indexlist'))
  expect(valuesOf(client)).toHaveLength(length)
  for (const text of client.texts) expect(decodeFrameText(text).kind).not.toBe('refused')
})

test.skipIf(!areSpecsThere)('frames are as published', async () => {
  const client = await openClient({ channels: [CHANNEL], index_ids: ['all'] })
  await client.ask(update(2, 1, 'indexlist'))
  await client.until((c) => valuesOf(c).length >= 1_000)
  const schema = schemasOf(ASYNCAPI)
  const validators: Record<string, ValidateFunction> = {
    [CHANNEL]: schema('cfbenchmarksValuePayload'),
    [`${CHANNEL}_indexlist`]: schema('cfbenchmarksIndexListPayload'),
  }
  const seen = new Set<string>()
  for (const message of client.messages) {
    const validate = validators[message.type]
    if (!validate) continue
    seen.add(message.type)
    expect(validate(message), JSON.stringify([validate.errors, message])).toBe(true)
  }
  expect([...seen].toSorted()).toEqual(Object.keys(validators).toSorted())
  const settling = valuesOf(client).filter(({ msg }) => 'last_60s_windowed_average_15min' in msg)
  expect(settling.length).toBeGreaterThanOrEqual(59)
})
