import type { ProviderAnswer, ProviderRequest, WeatherStation } from '@kwm/adapter-weather'
import type { RawFrame } from '@kwm/contracts'
import type { RawRecord } from '@kwm/runtime'

/** What was asked and how it was answered: the `open` record of an answer in RAW. No secret is in it. */
export type AnswerHead = {
  readonly v: 1
  readonly provider: string
  readonly feed: string
  readonly url: string
  readonly stations: readonly string[]
  readonly expects: ProviderRequest['expects']
  readonly status: number
  readonly contentType: string
}

/** Below the broker's largest message. */
const CHUNK_BYTES = 512 * 1_024
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** One connection an answer: its head, its body in pieces, its end. */
export function framesOf(
  connectionId: string,
  head: AnswerHead,
  { body, receivedTimeUs }: ProviderAnswer,
): RawFrame[] {
  const bytes = encoder.encode(body)
  const pieces: Uint8Array[] = []
  for (let from = 0; from < bytes.length || from === 0; from += CHUNK_BYTES) {
    pieces.push(bytes.subarray(from, from + CHUNK_BYTES))
  }
  const frame = (kind: RawFrame['kind'], frameNo: number, content: Uint8Array): RawFrame => ({
    ...{ kind, connectionId, frameNo, receivedTimeUs, bytes: content },
  })
  return [
    frame('open', 0, encoder.encode(JSON.stringify(head))),
    ...pieces.map((piece, index) => frame('frame', index + 1, piece)),
    frame('close', pieces.length + 1, encoder.encode('whole')),
  ]
}

export type StoredAnswer = {
  readonly connectionId: string
  readonly head: AnswerHead
  readonly answer: ProviderAnswer
  readonly seq: number
}

/** Puts answers together again from RAW. One without its end was not kept whole, and is not given. */
export class AnswerAssembler {
  readonly #open = new Map<string, { readonly head: AnswerHead; readonly pieces: Uint8Array[] }>()

  take({ kind, connectionId, bytes, receivedTimeUs, seq }: RawRecord): StoredAnswer | undefined {
    if (kind === 'open') {
      this.#open.set(connectionId, { head: JSON.parse(decoder.decode(bytes)), pieces: [] })
      return undefined
    }
    const begun = this.#open.get(connectionId)
    if (!begun) return undefined
    if (kind === 'frame') {
      begun.pieces.push(bytes)
      return undefined
    }
    this.#open.delete(connectionId)
    const { head, pieces } = begun
    const body = Buffer.concat(pieces).toString('utf8')
    const { status, contentType } = head
    return { connectionId, head, seq, answer: { status, contentType, body, receivedTimeUs } }
  }
}

/** The request again, as far as reading its answer needs it; undefined: of a station unknown now. */
export function requestOf(
  head: AnswerHead,
  stations: readonly WeatherStation[],
): ProviderRequest | undefined {
  const asked = head.stations.map((icao) => stations.find((station) => station.icao === icao))
  if (asked.some((station) => station === undefined)) return undefined
  const { feed, url, expects } = head
  return { feed, url, expects, stations: asked as WeatherStation[] }
}
