import { test } from 'vitest'
import { decodeRecord } from '@kwm/machines'
import { Batch } from '../src/batch.ts'
import { Origin } from '../src/origin.ts'
import { makeTape } from '../../../tools/bench/src/recorder-copy.ts'
test('prof', () => {
  const tape = makeTape()
  const bytes = tape.records.reduce((n, r) => n + r.body.length, 0)
  console.log('avg body', bytes / tape.records.length)
  for (let k = 0; k < 4; k++) {
    let t = performance.now()
    for (const r of tape.records) JSON.parse(r.body)
    const parse = performance.now() - t
    t = performance.now()
    for (const r of tape.records) decodeRecord(r)
    const decode = performance.now() - t
    t = performance.now()
    let n = 0
    for (let i = 0; i < tape.records.length; i += 5000) {
      const b = new Batch('bench', new Origin(false, []))
      for (const r of tape.records.slice(i, i + 5000)) b.add(r)
      for (const c of b.copies()) for (const x of c.chunks()) n += x.length
    }
    const all = performance.now() - t
    console.log({
      parse,
      decode,
      all,
      mb: n / 1e6,
      perRecordUs: (all * 1000) / tape.records.length,
    })
  }
}, 100000)
