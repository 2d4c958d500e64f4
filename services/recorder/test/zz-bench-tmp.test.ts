import { test } from 'vitest'
import { benchRecorderCopy } from '../../../tools/bench/src/recorder-copy.ts'
test('bench', async () => {
  console.log(await benchRecorderCopy())
}, 300_000)
