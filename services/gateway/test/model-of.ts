import { decodeRecord } from '@kwm/machines'
import { isReadModelEvent, ReadModel } from '../src/read-model/read-model.ts'
import type { TapeWriter } from './tape-writer.ts'

/** The view of a tape, or that view read on from where it was. */
export function modelOf(tape: TapeWriter, model = new ReadModel()): ReadModel {
  for (const record of tape.log.records) {
    const event = decodeRecord(record)
    if (isReadModelEvent(event)) model.apply(event, record.seq)
  }
  return model
}
