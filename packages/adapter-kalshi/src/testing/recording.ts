import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { RawFrame } from '@kwm/contracts'

/** One line of a recording: the frame as received, and when. */
export type RecordedFrame = { readonly receivedTimeUs: number; readonly text: string }
export type Recording = { readonly name: string; readonly frames: readonly RecordedFrame[] }

const LINE = /^\{"recv_us":(\d+),"conn":"[^"]*","frame":(\{.*\})\}$/

/** `KWM_DATA_DIR`, else ../shared/data beside the repository; undefined where neither is there. */
export function findDataDir(repoRoot: string, given?: string): string | undefined {
  const dir = given ?? resolve(repoRoot, '../shared/data')
  return existsSync(dir) ? dir : undefined
}

/** The KXBTC15M sessions, oldest first. The text of a frame is cut out of its line, not re-made. */
export function* readRecordings(dataDir: string): Generator<Recording> {
  const dir = resolve(dataDir, 'kxbtc15m_ws')
  for (const name of readdirSync(dir)
    .filter((file) => file.endsWith('.ndjson.gz'))
    .sort()) {
    const frames: RecordedFrame[] = []
    for (const line of gunzipSync(readFileSync(resolve(dir, name)))
      .toString('utf8')
      .split('\n')) {
      if (line === '') continue
      const match = LINE.exec(line)
      if (!match) throw new Error(`${name}: not a recorded frame: ${line.slice(0, 100)}`)
      frames.push({ receivedTimeUs: Number(match[1]), text: match[2]! })
    }
    yield { name, frames }
  }
}

/**
 * A recording as the ingest would have kept it. The recorder connected anew for each market, which
 * shows in the sequence starting over at 1: there a connection closes and the next one opens.
 */
export function* toRawFrames({ name, frames }: Recording): Generator<RawFrame> {
  const encoder = new TextEncoder()
  const base = name.replace(/\..*$/, '')
  let connectionNo = 0
  let frameNo = 0
  const record = (kind: RawFrame['kind'], receivedTimeUs: number, text: string): RawFrame => ({
    kind,
    connectionId: `${base}-${connectionNo}`,
    frameNo: frameNo++,
    receivedTimeUs,
    bytes: encoder.encode(text),
  })
  for (const { receivedTimeUs, text } of frames) {
    if (text.includes('"seq":1,')) {
      if (connectionNo > 0) yield record('close', receivedTimeUs, 'recorder moved on')
      connectionNo++
      frameNo = 0
      yield record('open', receivedTimeUs, 'recording')
    }
    if (connectionNo === 0) continue // A ticker before the first snapshot belongs to no connection.
    yield record('frame', receivedTimeUs, text)
  }
}
