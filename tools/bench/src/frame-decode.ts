import { decodeFrame } from '@kwm/adapter-kalshi'
import { readRecordings } from '@kwm/adapter-kalshi/testing'

export type FrameDecodeResult = {
  /** Bytes to typed frame against JSON.parse of the same frame's text: the median of the rounds. */
  readonly decodeRatio: number
  readonly framesPerSec: number
  readonly baselinePerSec: number
  /** The same against what a plain client does: JSON.parse of the text made from the bytes. */
  readonly decodeRatioFromBytes: number
  readonly frames: number
  readonly input: string
}

const ROUNDS = 15
const FRAMES_MAX = 100_000

/**
 * What typing, scaling and checking a frame costs over JSON.parse alone. Rounds alternate, so that
 * a busy machine is busy for all; the medians count.
 */
export async function benchFrameDecode(dataDir?: string): Promise<FrameDecodeResult> {
  const texts = dataDir === undefined ? generatedFrames() : recordedFrames(dataDir)
  const frames = texts.map((text) => Buffer.from(text))
  const nanos = { decode: [] as number[], parse: [] as number[], parseBytes: [] as number[] }
  for (let round = 0; round <= ROUNDS; round++) {
    const parse = timed(() => texts.forEach(parseText))
    const decode = timed(() => frames.forEach(decodeOne))
    const parseBytes = timed(() => frames.forEach((bytes) => parseText(bytes.toString())))
    if (round === 0) continue // The first warms up.
    nanos.parse.push(parse)
    nanos.decode.push(decode)
    nanos.parseBytes.push(parseBytes)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const ratioTo = (baseline: readonly number[]): number =>
    median(nanos.decode.map((decode, round) => decode / baseline[round]!))
  return {
    decodeRatio: ratioTo(nanos.parse),
    framesPerSec: (frames.length * 1e9) / median(nanos.decode),
    baselinePerSec: (frames.length * 1e9) / median(nanos.parse),
    decodeRatioFromBytes: ratioTo(nanos.parseBytes),
    frames: frames.length,
    input: dataDir === undefined ? 'generated' : 'kxbtc15m_ws recordings',
  }
}

/** The results are added up: an engine may skip work whose result nobody wants. */
let sum = 0

function decodeOne(bytes: Uint8Array): void {
  const frame = decodeFrame(bytes)
  if (frame.kind === 'refused') throw new Error(`refused: ${frame.reason} ${frame.field}`)
  sum += frame.kind === 'book-delta' ? frame.priceBps : 1
}

function parseText(text: string): void {
  const frame: { readonly sid: number } = JSON.parse(text)
  sum += frame.sid
}

function timed(run: () => void): number {
  const startedAt = process.hrtime.bigint()
  run()
  return Number(process.hrtime.bigint() - startedAt)
}

function recordedFrames(dataDir: string): string[] {
  const texts: string[] = []
  for (const { frames } of readRecordings(dataDir)) {
    for (const { text } of frames) {
      texts.push(text)
      if (texts.length === FRAMES_MAX) return texts
    }
  }
  return texts
}

/** The mix of a recording: deltas, and one ticker in a hundred. */
function generatedFrames(): string[] {
  return Array.from({ length: FRAMES_MAX }, (_, i) => (i % 100 === 99 ? ticker(i) : delta(i)))
}

const delta = (i: number): string =>
  `{"type":"orderbook_delta","sid":1,"seq":${i + 1},"msg":{"market_ticker":"KXBTC15M-26NOV20${1000 + (i % 4) * 15}-00",` +
  `"market_id":"9b0f6b43-5b68-4f9f-9f02-9a2d1b8ac1a1","price_dollars":"0.${String(1 + (i % 99)).padStart(2, '0')}00",` +
  `"delta_fp":"${i % 2 === 0 ? '' : '-'}${1 + (i % 500)}.00","side":"${i % 3 === 0 ? 'yes' : 'no'}",` +
  `"ts":"2026-11-20T17:00:00.123456Z","ts_ms":${1_795_194_000_000 + i}}}`

const ticker = (i: number): string =>
  `{"type":"ticker","sid":2,"msg":{"market_ticker":"KXBTC15M-26NOV201000-00","market_id":"9b0f6b43-5b68-4f9f-9f02-9a2d1b8ac1a1",` +
  `"price_dollars":"0.4800","yes_bid_dollars":"0.4700","yes_ask_dollars":"0.4900","volume_fp":"${i}.00","open_interest_fp":"${i}.50",` +
  `"dollar_volume":1,"dollar_open_interest":1,"yes_bid_size_fp":"3.00","yes_ask_size_fp":"4.00","last_trade_size_fp":"1.00",` +
  `"ts":1795194000,"ts_ms":${1_795_194_000_000 + i},"time":"2026-11-20T17:00:00Z"}}`

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1]!
}
