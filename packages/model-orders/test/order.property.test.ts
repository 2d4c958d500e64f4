import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nextOrder, OpenOrders, type OpenOrder, type OrderEvent } from '@kwm/model-orders'

const order: OpenOrder = {
  clientOrderId: 'a',
  eventTicker: 'E',
  marketTicker: 'M',
  side: 'yes',
  priceBps: 4_000,
  countCenti: 1_000,
  status: 'submitted',
  remainingCenti: 1_000,
  expireTimeUs: 10,
}

const event: fc.Arbitrary<OrderEvent> = fc.oneof(
  fc.record({
    type: fc.constant('accepted' as const),
    remainingCenti: fc.integer({ min: 0, max: 1_000 }),
  }),
  fc.record({ type: fc.constant('fill' as const), countCenti: fc.integer({ min: 1, max: 400 }) }),
  fc.constant({ type: 'cancel-requested' as const }),
  fc.constant({ type: 'canceled' as const }),
  fc.constant({ type: 'rejected' as const }),
)

test('what is left only shrinks, a done order stays done, a cancel request is remembered', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 12 }), (events) => {
      const orders = new OpenOrders([order])
      let left = order.remainingCenti
      let asked = false
      let done = false
      for (const next of events) {
        const before = orders.get('a')
        expect(orders.apply('a', next)).toBe(!done)
        const after = orders.get('a')
        if (!done && next.type === 'cancel-requested') asked = true
        if (!after) done = true
        else {
          expect(done).toBe(false)
          expect(after.remainingCenti).toBeGreaterThan(0)
          expect(after.remainingCenti).toBeLessThanOrEqual(left)
          if (asked) expect(after.status).toBe('canceling')
          left = after.remainingCenti
        }
        if (before && next.type === 'fill' && next.countCenti >= before.remainingCenti) {
          expect(after).toBeUndefined()
        }
      }
    }),
  )
})

test('an accepted order rests with what the venue says is left', () => {
  expect(nextOrder(order, { type: 'accepted', remainingCenti: 400 })).toEqual({
    ...order,
    status: 'resting',
    remainingCenti: 400,
  })
})

test('opening an order twice is a bug of ours', () => {
  const orders = new OpenOrders([order])
  expect(() => orders.open(order)).toThrow('open already')
})

test('a snapshot resumes the same orders', () => {
  const orders = new OpenOrders()
  orders.open(order)
  orders.apply('a', { type: 'accepted', remainingCenti: 900 })
  expect(new OpenOrders(JSON.parse(JSON.stringify(orders.snapshot()))).list()).toEqual(
    orders.list(),
  )
})
