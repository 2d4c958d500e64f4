import { writeFileSync } from 'node:fs'
import { test } from 'vitest'
import { makeTape } from '../../../tools/bench/src/recorder-copy.ts'
test('d', () => writeFileSync('/tmp/tape.json', JSON.stringify(makeTape().records)))
