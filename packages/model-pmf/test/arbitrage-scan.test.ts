import { describe, expect, test } from 'vitest'
import { Desk, EVENT, QUIET, TICKERS, type Quote } from './desk.ts'

/** 0.07 x contracts x P (1 - P), up to the cent, by hand. */
const feeMicros = (priceBps: number, contracts: number): number =>
  Math.ceil((0.07 * contracts * priceBps * (10_000 - priceBps)) / 1e6 - 1e-9) * 10_000

describe('quotes that cannot all be right', () => {
  test('honest quotes say nothing, also where mids do not sum to one', () => {
    expect(new Desk().frame().arbitrages).toBeUndefined()
    const wide = QUIET.map(([bid, ask]): Quote => [bid, ask + 500])
    const said = new Desk().frame(wide)
    expect(said.sumOfMids).toBeCloseTo(1.15, 9)
    expect(said.arbitrages).toBeUndefined()
  })

  test('every YES below a dollar is buy-all, with the thinnest depth and the fees', () => {
    const cheap = QUIET.map(([bid, ask], i): Quote => [
      ...([bid - 100, ask - 200] as const),
      { askCenti: 5_000 - 100 * i },
    ])
    const said = new Desk().frame(cheap)
    expect(said).toMatchObject({ isFeasible: false, reason: 'asks-below-one' })
    const asks = cheap.map(([, ask]) => ask)
    const fees = asks.reduce((sum, ask) => sum + feeMicros(ask, 45), 0)
    const gross = 10_000 - asks.reduce((sum, ask) => sum + ask, 0)
    expect(said.arbitrages).toEqual([
      {
        kind: 'buy-all',
        legs: asks.map((priceBps, i) => ({ marketTicker: TICKERS[i], side: 'yes', priceBps })),
        ...{ countCenti: 4_500, grossBps: gross, feesMicros: fees },
        netMicros: gross * 4_500 - fees,
      },
    ])
  })

  test('every NO for less than its payout is sell-all, also where the fees eat it', () => {
    const dear: Quote[] = [[400, 500], ...QUIET.slice(1)]
    const less = new Desk().frame([[800, 900], ...QUIET.slice(1)])
    expect(less).toMatchObject({ isFeasible: false, reason: 'bids-above-one' })
    expect(less.arbitrages![0]).toMatchObject({ kind: 'sell-all', grossBps: 100 })
    expect(less.arbitrages![0]!.netMicros).toBeLessThan(0)
    expect(less.arbitrages![0]!.legs[0]).toEqual({
      ...{ marketTicker: TICKERS[0], side: 'no', priceBps: 9_200 },
    })
    expect(new Desk().frame(dear).arbitrages).toBeUndefined()
  })

  test('a dead bracket that is still bid is worth selling above the floor of corrections', () => {
    const desk = new Desk()
    desk.weather([0, 0.1, 0.4, 0.36, 0.12, 0.02], { hardLowerF: 45 })
    const said = desk.frame()
    expect(said.isFeasible).toBe(true)
    expect(said.arbitrages).toEqual([
      {
        kind: 'dead-bracket',
        legs: [{ marketTicker: TICKERS[0], side: 'no', priceBps: 9_900 }],
        ...{ countCenti: 5_000, grossBps: 70, feesMicros: feeMicros(100, 50) },
        netMicros: 70 * 5_000 - feeMicros(100, 50),
      },
    ])
    expect(desk.frame([[0, 100], ...QUIET.slice(1)]).arbitrages).toBeUndefined()
  })

  test('a book that is stale or crossed, or a fee nobody knows, says nothing', () => {
    const cheap = QUIET.map(([bid, ask]): Quote => [bid - 100, ask - 200])
    const stale: Quote[] = [[0, 100, { quoteState: 'stale' }], ...cheap.slice(1)]
    expect(new Desk().frame(stale).arbitrages).toBeUndefined()
    expect(new Desk({}, false).frame(cheap).arbitrages).toBeUndefined()
    const odd = new Desk()
    odd.list({ ticker: 'B45.5', floorStrike: 45, capStrike: 46, feeType: 'flat' })
    expect(odd.frame(cheap).arbitrages).toBeUndefined()
  })
})

describe('markets that pay above their strikes', () => {
  const ladder = (strikes: readonly number[]): Desk => {
    const desk = new Desk({}, false)
    for (const [i, floorStrike] of strikes.entries()) {
      const ticker = TICKERS[i]!.slice(EVENT.length + 1)
      desk.list({ ticker, strikeType: 'greater', floorStrike })
    }
    return desk
  }

  test('a higher strike that is bid above a lower one’s ask is listed, and pooled away', () => {
    const said = ladder([100, 110, 120]).frame(
      [
        [5_000, 5_200, { fairMid: 0.51, fairVar: 1e-4 }],
        [5_400, 5_600, { fairMid: 0.55, fairVar: 3e-4 }],
        [1_000, 1_200, { fairMid: 0.11, fairVar: 1e-4 }],
      ],
      1,
      { isPartition: false, centres: [0, 0, 0] },
    )
    expect(said.arbitrages).toHaveLength(1)
    expect(said.arbitrages![0]).toMatchObject({ kind: 'ladder', grossBps: 200 })
    expect(said.arbitrages![0]!.legs).toEqual([
      { marketTicker: TICKERS[0], side: 'yes', priceBps: 5_200 },
      { marketTicker: TICKERS[1], side: 'no', priceBps: 4_600 },
    ])
    const pool = (0.51 * 3 + 0.55) / 4
    expect(said.brackets.map(({ p }) => p)).toEqual([
      ...[expect.closeTo(pool, 12), expect.closeTo(pool, 12), 0.11],
    ])
    expect(said).toMatchObject({ isFeasible: true, reason: 'not-a-partition' })
  })

  test('other markets stand alone', () => {
    const desk = ladder([100, 110])
    desk.list({ ticker: 'B45.5', strikeType: 'less', capStrike: 110 })
    const said = desk.frame(
      [
        [5_000, 5_200, { fairMid: 0.51 }],
        [5_400, 5_600, { fairMid: 0.55 }],
      ],
      1,
      { isPartition: false, centres: [0, 0] },
    )
    expect(said.brackets.map(({ p }) => p)).toEqual([0.51, 0.55])
    expect(said.arbitrages).toBeUndefined()
  })
})
