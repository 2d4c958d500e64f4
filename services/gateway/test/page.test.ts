import { mkdirSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, describe, expect, test } from 'vitest'
import type { PageUpdate } from '../src/http/page-update.ts'
import { browserOrSkip } from './browser.ts'
import { Day } from './day.ts'
import { startGateway, type TestGateway } from './gateway.ts'
import { TapeWriter } from './tape-writer.ts'

/** Set it to get pictures of the page: see the README. */
const SCREENSHOT_DIR = process.env['GATEWAY_SCREENSHOT_DIR']
const options = { seed: 7, hours: 15, stepSeconds: 60, isFinished: false, isSynthetic: true }
const SIZES = [
  [1280, 800],
  [1440, 900],
  [1920, 1080],
  [2560, 1440],
] as const

const found = await browserOrSkip()
afterAll(() => found?.close())

describe.skipIf(!found)('the page', () => {
  const browser = found!

  test('shows the numbers of the tape, and follows it', async () => {
    const day = new Day(options)
    const gateway = await startGateway({ log: day.tape.log })
    const { page, errors } = await open(browser, gateway)
    const state = await stateOf(gateway)

    expect(await page.textContent('#mode')).toBe('PAPER')
    expect(await page.isVisible('#synthetic')).toBe(true)
    expect(await page.locator('.synthetic-tag:visible').count()).toBe(7)
    expect(await page.textContent('#clock')).toBe('2026-11-20 20:00:00')
    expect(await page.textContent('#tape')).toBe(`#${grouped(state.status.tapeSeq)}`)
    const { pnlMicros, unrealizedPnlMicros, feesMicros } = state.status.money
    expect(await page.textContent('#fees')).toBe(`$${(feesMicros / 1e6).toFixed(2)}`)
    expect(moneyOf(await page.textContent('#pnl'))).toBeCloseTo(
      (pnlMicros + unrealizedPnlMicros) / 1e6,
      2,
    )
    await expectLadder(page, state)
    const { latest } = state.stations.find(({ stationId }) => stationId === 'KMDW')!
    expect(await page.textContent('#weather-numbers')).toContain(`${latest!.tempF.toFixed(1)} °F`)
    expect(await page.isVisible('#weather-empty')).toBe(false)
    const shownPositions = await page.locator('#positions-rows tr:not(.group)').count()
    expect(shownPositions).toBe(state.positions.length)
    expect(await page.textContent('#feeds-rows tr')).toContain('= ✓')

    day.step(60)
    const after = `#${grouped(day.tape.log.records.length)}`
    await expect.poll(() => page.textContent('#tape')).toBe(after)
    expect(errors).toEqual([])
    await page.close()
    await gateway.close()
  })

  test('why leads to the raw frame; halting goes onto the tape', async () => {
    const gateway = await startGateway({ log: new Day(options).tape.log })
    const { page, errors } = await open(browser, gateway)
    await page.locator('#orders-rows tr .why-link').first().click()
    await page.locator('.chain .raw-frame').waitFor()
    expect(await page.locator('.chain > li').count()).toBeGreaterThan(4)
    await page.keyboard.press('Escape')

    await page.click('#control')
    await page.fill('#confirm-reason', 'page test')
    await page.click('#confirm-go')
    await expect.poll(() => page.textContent('#trading')).toBe('HALT REQUESTED')
    const asked = gateway.log.records.at(-1)!
    expect(JSON.parse(asked.body).data.reason).toBe('page test')
    const { eventTimeUs: timeUs } = JSON.parse(asked.body)
    const cause = { id: asked.id, seq: asked.seq, timeUs }
    const data = { reason: 'page test', requestedBy: 'dashboard' }
    new TapeWriter(gateway.log).made('risk', 'risk.halted.v1', cause, data)
    await expect.poll(() => page.textContent('#trading')).toBe('HALTED')
    expect(await page.textContent('#control')).toBe('Resume…')
    expect(errors).toEqual([])
    await page.close()
    await gateway.close()
  })

  test('says that the link is lost, and starts over when the gateway is back', async () => {
    const { log } = new Day({ ...options, hours: 2 }).tape
    const first = await startGateway({ log })
    const { page } = await open(browser, first)
    const port = Number(new URL(page.url()).port)
    await first.close()
    await expect.poll(() => page.textContent('#link')).toBe('LINK LOST')
    const second = await startGateway({ log })
    await second.server.listen({ host: '127.0.0.1', port })
    await expect.poll(() => page.textContent('#link')).toBe('LINK OK')
    await page.close()
    await second.close()
  })

  test('a finished day, an empty one, and one of real markets', async () => {
    const finished = new Day({ ...options, hours: 24, isFinished: true, isSynthetic: false })
    const gateway = await startGateway({ log: finished.tape.log })
    const { page } = await open(browser, gateway)
    expect(await page.textContent('#trading')).toBe('FINISHED')
    expect(await page.isVisible('#synthetic')).toBe(false)
    expect(await page.locator('.synthetic-tag:visible').count()).toBe(0)
    expect(await page.textContent('#ladder-rows .won .state')).toBe('YES ✓')
    await page.close()
    await gateway.close()

    const empty = await startGateway()
    const { page: bare, errors } = await open(browser, empty)
    expect(await bare.locator('.empty:visible').count()).toBe(8)
    expect(errors).toEqual([])
    await bare.close()
    await empty.close()
  })

  test.each(SIZES)('nothing is cut off sideways at %i × %i', async (width, height) => {
    const gateway = await startGateway({ log: new Day({ ...options, hours: 4 }).tape.log })
    const { page } = await open(browser, gateway, { width, height })
    const overflow = await page.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    )
    expect(overflow).toBe(0)
    await page.close()
    await gateway.close()
  })

  test.runIf(SCREENSHOT_DIR !== undefined)('pictures to look at', async () => {
    mkdirSync(SCREENSHOT_DIR!, { recursive: true })
    const live = new Day({ ...options, stepSeconds: 30 })
    for (let second = 0; second < 1_200; second++) live.step(1)
    const finished = new Day({ ...options, hours: 24, isFinished: true })
    const days = { live: live.tape.log, finished: finished.tape.log, empty: new TapeWriter().log }
    for (const [name, log] of Object.entries(days)) {
      const gateway = await startGateway({ log })
      for (const [width, height] of SIZES) {
        const { page, errors } = await open(browser, gateway, { width, height })
        await page.waitForTimeout(900)
        await page.screenshot({ path: `${SCREENSHOT_DIR}/${name}-${width}x${height}.png` })
        if (name === 'live' && width === 1440) await shootDetails(page)
        expect(errors).toEqual([])
        await page.close()
      }
      await gateway.close()
    }
  })
})

async function expectLadder(page: Page, state: PageUpdate): Promise<void> {
  const shown = await page.locator('#tabs .selected').getAttribute('title')
  const event = state.events.find(({ eventTicker }) => eventTicker === shown)!
  const rows = await page.locator('#ladder-rows tr').all()
  expect(rows).toHaveLength(event.rows.length)
  for (const [index, node] of rows.entries()) {
    const { label, quote, p } = event.rows[index]!
    const cells = await node.locator('td').allTextContents()
    expect(cells[0]).toBe(label)
    expect(cells[4]).toBe(quote!.bidBps > 0 ? (quote!.bidBps / 100).toFixed(1) : '·')
    expect(cells[7]).toBe(quote!.mid === null ? '·' : (quote!.mid * 100).toFixed(1))
    expect(cells[9]).toBe(p === null ? '·' : (p * 100).toFixed(1))
  }
}

async function shootDetails(page: Page): Promise<void> {
  await page.locator('#orders-rows .why-link').first().click()
  await page.locator('.chain .origin').waitFor()
  await page.screenshot({ path: `${SCREENSHOT_DIR}/why-1440x900.png` })
  await page.keyboard.press('Escape')
  await page.click('#no-trades')
  await page.click('#control')
  await page.waitForTimeout(300)
  await page.screenshot({ path: `${SCREENSHOT_DIR}/halt-1440x900.png` })
}

async function open(
  browser: Browser,
  gateway: TestGateway,
  viewport = { width: 1440, height: 900 },
): Promise<{ page: Page; errors: string[] }> {
  await gateway.settle()
  const base = await gateway.listen()
  const page = await browser.newPage({ viewport })
  const errors: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  page.on('pageerror', (error) => errors.push(error.message))
  await page.goto(base)
  await page.locator('#mode', { hasText: /PAPER|DEMO|LIVE/ }).waitFor()
  await page.locator('#link', { hasText: 'LINK OK' }).waitFor()
  return { page, errors }
}

const stateOf = async (gateway: TestGateway): Promise<PageUpdate> =>
  (await gateway.server.inject('/api/state')).json()

const grouped = (value: number): string => value.toLocaleString('en-US')

const moneyOf = (text: string | null): number =>
  Number((text ?? '').replace('−', '-').replace(/[$+,]/g, ''))
