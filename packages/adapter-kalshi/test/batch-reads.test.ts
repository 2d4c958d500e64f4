import { systemClock as clock } from '@kwm/runtime'
import { expect, test } from 'vitest'
import { KalshiRest, VenueAnswerError, VenueRequestError } from '../src/index.ts'

/** A venue that gives one answer, and what it was asked. */
function venue(status: number, body: unknown) {
  const asked: string[] = []
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const answer: typeof fetch = async (url) => {
    asked.push(url instanceof Request ? url.url : url.toString())
    return new Response(text, { status })
  }
  const baseUrl = 'https://venue.example/trade-api/v2/'
  return { asked, reads: new KalshiRest({ baseUrl, clock, fetch: answer, attemptsMax: 1 }) }
}

test('many books in one read, digit by digit; a missing side is empty', async () => {
  const { reads, asked } = venue(200, {
    orderbooks: [
      { ticker: 'A', orderbook_fp: { yes_dollars: [['0.0100', '200.50']], no_dollars: null } },
      { ticker: 'B', orderbook_fp: { no_dollars: [['0.560', '17.00']] } },
    ],
  })
  const books = await reads.orderbooks(['A', 'B'])
  expect(asked).toEqual([
    'https://venue.example/trade-api/v2/markets/orderbooks?tickers=A&tickers=B',
  ])
  expect([...books]).toEqual([
    ['A', { yes: [[100, 20_050]], no: [] }],
    ['B', { yes: [], no: [[5_600, 1_700]] }],
  ])
})

test('series by category and tag; null is none', async () => {
  const { reads, asked } = venue(200, { series: null })
  expect(await reads.seriesList({ category: 'Climate and Weather', tag: 'Daily' })).toEqual([])
  expect(asked[0]).toContain('category=Climate+and+Weather&tags=Daily')
})

test('announced fees in order of time, in our units', async () => {
  const change = (scheduled_ts: string, fee_multiplier: number) => ({
    ...{ id: 'x', series_ticker: 'KXHIGHNY', fee_type: 'quadratic', fee_multiplier, scheduled_ts },
  })
  const series_fee_change_arr = [
    change('2026-12-01T00:00:00Z', 0.5),
    change('2026-11-01T00:00:00Z', 1),
  ]
  const { reads } = venue(200, { series_fee_change_arr })
  expect(await reads.feeChanges()).toEqual([
    {
      seriesTicker: 'KXHIGHNY',
      effectiveTimeUs: Date.UTC(2026, 10, 1) * 1_000,
      feeType: 'quadratic',
      feeMultiplierMilli: 1_000,
    },
    {
      seriesTicker: 'KXHIGHNY',
      effectiveTimeUs: Date.UTC(2026, 11, 1) * 1_000,
      feeType: 'quadratic',
      feeMultiplierMilli: 500,
    },
  ])
})

test('what is no answer is an error with the field or the status', async () => {
  const book = { ticker: 'A', orderbook_fp: { yes_dollars: [['0.01', 'many']] } }
  const bad = venue(200, { orderbooks: [book] }).reads.orderbooks(['A'])
  await expect(bad).rejects.toThrow(VenueAnswerError)
  await expect(bad).rejects.toThrow('A yes: bad-count')
  await expect(venue(200, '<html>').reads.seriesList({})).rejects.toThrow('not JSON')
  await expect(venue(200, { series: [{}] }).reads.seriesList({})).rejects.toThrow('series.0.ticker')
  const refused = venue(401, { error: { code: 'auth', message: 'no key' } }).reads.feeChanges()
  await expect(refused).rejects.toThrow(VenueRequestError)
  await expect(refused).rejects.toMatchObject({ status: 401 })
})

test('a time that microseconds cannot hold is refused by name', async () => {
  const change = { series_ticker: 'S', fee_type: 'q', fee_multiplier: 1 }
  const far = { ...change, scheduled_ts: '9999-01-01T00:00:00Z' }
  const { reads } = venue(200, { series_fee_change_arr: [far] })
  await expect(reads.feeChanges()).rejects.toThrow(/scheduled_ts: not a time/)
})
