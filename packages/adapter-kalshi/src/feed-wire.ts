import type { DecodeFrame, DecodeHostRecord, SequenceRule } from '@kwm/contracts'
import { decodeFrame } from './decode-frame.ts'
import { decodeHostRecord } from './host-record.ts'
import { judgeSequence } from './sequence-rule.ts'

/** What the market feed asks of an adapter. */
export const kalshiWire: {
  readonly decode: DecodeFrame
  readonly decodeHost: DecodeHostRecord
  readonly sequence: SequenceRule
} = { decode: decodeFrame, decodeHost: decodeHostRecord, sequence: judgeSequence }
