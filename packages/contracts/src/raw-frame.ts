/**
 * What ingest keeps of the outside world, byte for byte, before anything is parsed: the frames of a
 * connection and, between them, its openings and closings.
 *
 * `id` is `<connectionId>-<frameNo>`; frames of a connection are numbered from 0 without holes.
 */
export type RawFrame = {
  readonly kind: 'open' | 'frame' | 'close'
  readonly connectionId: string
  readonly frameNo: number
  readonly receivedTimeUs: number
  /** The frame as received; for `open` the address, for `close` the reason, in UTF-8. */
  readonly bytes: Uint8Array
}

export const rawFrameId = (frame: Pick<RawFrame, 'connectionId' | 'frameNo'>): string =>
  `${frame.connectionId}-${frame.frameNo}`
