import type { VenueFrame } from '@kwm/contracts'
import { parseFixed } from '@kwm/std'
import { isFields, isIndex, isText, isTimeMs, refuse, unknownField } from './frame-fields.ts'
import type { Fields } from './frame-fields.ts'

const VALUE_FIELDS = new Set([
  ...['index_id', 'received_at', 'data', 'avg_60s_data', 'last_60s_windowed_average_15min'],
])
const LIST_FIELDS = new Set(['index_ids'])
/** Averages come with eight places. */
const VALUE_DECIMALS = 8
const INDEX_LENGTH_MAX = 32
const INDICES_MAX = 1_000
const DATA_LENGTH_MAX = 4_096

/** A second of a CF Benchmarks index. The vendor's own frame is JSON inside a string. */
export function decodeIndexValue(root: Fields): VenueFrame {
  const { sid, seq, msg } = root
  if (!isIndex(sid)) return refuse(root, 'missing-field', 'sid')
  if (seq !== undefined && !isIndex(seq)) return refuse(root, 'bad-field', 'seq')
  if (!isFields(msg)) return refuse(root, 'missing-field', 'msg')
  const unknown = unknownField(msg, VALUE_FIELDS)
  if (unknown !== undefined) return refuse(root, 'unknown-field', unknown)
  const { index_id: index } = msg
  if (!isText(index) || index === '' || index.length > INDEX_LENGTH_MAX) {
    return refuse(root, 'missing-field', 'index_id')
  }
  const vendor = vendorFrame(msg['data'])
  if (!vendor || vendor['id'] !== index) return refuse(root, 'bad-field', 'data')
  const { time, value } = vendor
  if (!isTimeMs(time)) return refuse(root, 'bad-time', 'data.time')
  const valueMicros = readMicros(value)
  if (valueMicros === undefined || valueMicros <= 0) return refuse(root, 'bad-price', 'data.value')
  const average = readAverage(msg['avg_60s_data'])
  if (average === undefined) return refuse(root, 'bad-field', 'avg_60s_data')
  const settlement = readAverage(msg['last_60s_windowed_average_15min'])
  if (settlement === undefined) {
    return refuse(root, 'bad-field', 'last_60s_windowed_average_15min')
  }
  return {
    kind: 'index-value',
    sid,
    seq: seq ?? null,
    venueTimeUs: time * 1_000,
    index,
    valueMicros,
    average60sMicros: average?.valueMicros ?? null,
    settlementAverageMicros: settlement?.valueMicros ?? null,
    settlementAverageCount: settlement?.count ?? null,
  }
}

export function decodeIndexList(root: Fields): VenueFrame {
  const { sid, seq, msg } = root
  if (!isIndex(sid)) return refuse(root, 'missing-field', 'sid')
  if (seq !== undefined && !isIndex(seq)) return refuse(root, 'bad-field', 'seq')
  if (!isFields(msg)) return refuse(root, 'missing-field', 'msg')
  const unknown = unknownField(msg, LIST_FIELDS)
  if (unknown !== undefined) return refuse(root, 'unknown-field', unknown)
  const ids: unknown = msg['index_ids']
  if (!Array.isArray(ids) || ids.length > INDICES_MAX) return refuse(root, 'bad-field', 'index_ids')
  const indexIds = (ids as unknown[]).filter(isText)
  if (indexIds.length !== ids.length) return refuse(root, 'bad-field', 'index_ids')
  return { kind: 'index-list', sid, seq: seq ?? null, indexIds }
}

function vendorFrame(data: unknown): Fields | undefined {
  if (!isText(data) || data.length > DATA_LENGTH_MAX) return undefined
  try {
    const value: unknown = JSON.parse(data)
    return isFields(value) && value['type'] === 'value' ? value : undefined
  } catch {
    return undefined
  }
}

type Average = { readonly valueMicros: number; readonly count: number }

/** Null where the venue sent none, undefined for one that cannot be read. */
function readAverage(average: unknown): Average | null | undefined {
  if (average === undefined || average === null) return null
  if (!isFields(average) || !isIndex(average['window_size'])) return undefined
  const valueMicros = readMicros(average['value'])
  if (valueMicros === undefined || valueMicros <= 0) return undefined
  return { valueMicros, count: average['window_size'] }
}

/** Half up to the micro-dollar, in whole numbers. */
function readMicros(value: unknown): number | undefined {
  const scaled = isText(value) ? parseFixed(value, VALUE_DECIMALS) : undefined
  return scaled === undefined ? undefined : Math.floor((scaled + 50) / 100)
}
