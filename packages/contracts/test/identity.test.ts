import {
  childId,
  eventSchemas,
  eventTypeOf,
  eventTypes,
  makerOf,
  subjectToken,
  tapeSubject,
} from '@kwm/contracts'
import { expect, test } from 'vitest'

test('an id tells the way down from the outside event', () => {
  const frame = childId('features', 'kalshi-ws-c-7-0', 512, 0)
  const pmf = childId('pmf-model', frame, 513, 0)
  const intent = childId('signals', pmf, 514, 1)
  expect([frame, pmf, intent, childId('risk', intent, 515, 0)]).toEqual([
    'features-512-0',
    'pmf-model-512-f0.0',
    'signals-512-f0.p0.1',
    'risk-512-f0.p0.s1.0',
  ])
  expect([makerOf(intent), makerOf('clock-9'), makerOf('kalshi-ws-c-7-0')]).toEqual([
    'signals',
    undefined,
    undefined,
  ])
})

test('the type of an event is read back out of its subject, whatever the ticker', () => {
  for (const type of eventTypes) {
    expect(eventTypeOf(tapeSubject('main', type, 'KXHIGHNY-26NOV20-B48.5 > *'))).toBe(type)
  }
  expect(subjectToken('A.B *>')).toBe('A_B___')
})

test('a schema is filed under the type it accepts, and refuses a field it does not know', () => {
  for (const type of eventTypes) expect(eventSchemas[type].shape.type.value).toBe(type)
  const tick = {
    type: 'ops.tick.v1',
    id: 'a',
    causationId: 'a',
    eventTimeUs: 1,
    ingestTimeUs: 1,
    data: { second: 1, source: 'wall' },
  }
  expect(eventSchemas['ops.tick.v1'].safeParse(tick).success).toBe(true)
  expect(eventSchemas['ops.tick.v1'].safeParse({ ...tick, more: 1 }).success).toBe(false)
})
