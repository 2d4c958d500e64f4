import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { startNatsServer } from '@kwm/adapter-nats/testing'
import { afterAll, expect, test } from 'vitest'
import { keyFile, root } from '../processes.ts'
import { SoakLeg } from './soak-leg.ts'
import type { LegReport } from './soak-leg.ts'

const MINUTES = Number(process.env['KWM_SOAK_MINUTES'] ?? 10)
/** A simulated day has frames for this long. */
const LEG_SECONDS_MAX = 60

const cleanups: (() => Promise<unknown> | void)[] = []
afterAll(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})
const onClose = (close: () => Promise<unknown> | void): void => void cleanups.push(close)

test(`${MINUTES} minutes of faults`, { timeout: (MINUTES * 2 + 3) * 60_000 }, async () => {
  for (const service of ['kalshi-ws', 'venue-sim']) {
    const tsc = join(root, 'node_modules/.bin/tsc')
    execFileSync(tsc, ['--build', `services/${service}`], { cwd: root })
  }
  const server = await startNatsServer()
  onClose(() => server.stop())
  const key = await keyFile(onClose)
  const legs: LegReport[] = []
  for (let left = MINUTES * 60; left > 5; left -= LEG_SECONDS_MAX) {
    const seconds = Math.min(left, LEG_SECONDS_MAX)
    const leg = new SoakLeg({ leg: legs.length, seconds, natsUrl: server.url, key, onClose })
    legs.push(await leg.run())
  }
  process.stdout.write(`${JSON.stringify(summaryOf(legs), null, 2)}\n`)
  expect(legs.flatMap(({ broken }) => broken)).toEqual([])
  const reconnects = legs.flatMap(({ reconnectsMs }) => reconnectsMs)
  expect(reconnects.length).toBeGreaterThan(0)
})

function summaryOf(legs: readonly LegReport[]) {
  const seconds = legs.reduce((sum, leg) => sum + leg.seconds, 0)
  const frames = legs.reduce((sum, leg) => sum + leg.frames, 0)
  const reconnects = legs.flatMap((leg) => leg.reconnectsMs).toSorted((a, b) => a - b)
  const quantile = (q: number): number | null =>
    reconnects[Math.min(reconnects.length - 1, Math.floor(q * reconnects.length))] ?? null
  return {
    minutes: seconds / 60,
    legs: legs.length,
    frames,
    framesPerSecond: Math.round(frames / seconds),
    faults: totals(legs.map((leg) => leg.faults)),
    outcomes: totals(legs.map((leg) => leg.outcomes)),
    staleBooks: totals(legs.map((leg) => leg.staleReasons)),
    checkpoints: legs.reduce((sum, leg) => sum + leg.checkpoints, 0),
    booksCompared: legs.reduce((sum, leg) => sum + leg.booksCompared, 0),
    gaps: legs.reduce((sum, leg) => sum + leg.gaps, 0),
    discoveries: legs.reduce((sum, leg) => sum + leg.discoveries, 0),
    reconnects: reconnects.length,
    reconnectMs: { p50: quantile(0.5), p95: quantile(0.95), max: reconnects.at(-1) ?? null },
    broken: legs.flatMap((leg) => leg.broken),
  }
}

function totals(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const one of counts) {
    for (const [name, n] of Object.entries(one)) sums[name] = (sums[name] ?? 0) + n
  }
  return sums
}
