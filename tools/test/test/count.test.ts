import { expect, test } from 'vitest'
import { countTests, totalOf, type VitestFile } from '../count.mjs'

const file = (name: string, status: string, ...results: string[]): VitestFile => ({
  name,
  status,
  message: 'SyntaxError: x\n  at y',
  assertionResults: results.map((s, i) => ({ status: s, fullName: `test ${i}` })),
})

test('tests and checks are counted together', () => {
  const files = [file('a', 'failed', 'passed', 'failed'), file('b', 'passed', 'passed', 'skipped')]
  const tests = countTests({ testResults: files }, false)
  expect(tests).toMatchObject({ passed: 2, failed: 1, skipped: 1, failures: ['a: test 1'] })
  expect(totalOf([{ ok: true }, { ok: false }], tests)).toEqual({
    passed: 3,
    failed: 2,
    skipped: 1,
  })
})

test('a file in which nothing could run is named', () => {
  const tests = countTests({ testResults: [file('nats', 'passed', 'skipped', 'skipped')] }, true)
  expect(tests).toMatchObject({ skipped: 2, failed: 0, skippedFiles: ['nats'] })
})

test('a file that does not load is a failure', () => {
  const tests = countTests({ testResults: [file('a', 'failed')] }, false)
  expect(tests).toMatchObject({ failed: 1, failures: ['a: SyntaxError: x'] })
})

test('a file whose setup failed is one failure, and its tests are not there for want of anything', () => {
  const broken = countTests({ testResults: [file('a', 'failed', 'skipped', 'skipped')] }, false)
  expect(broken).toMatchObject({ passed: 0, failed: 1, skipped: 2, skippedFiles: [] })
  const inner = { ...file('a', 'failed', 'passed', 'skipped'), message: '' }
  expect(countTests({ testResults: [inner] }, false)).toMatchObject({
    ...{ passed: 1, failed: 1, skipped: 1 },
    failures: ['a: before or after the tests: see above'],
  })
})

test('a test whose process died has failed, also where another failed too', () => {
  const files = [file('a', 'passed', 'passed', 'pending'), file('b', 'failed', 'failed')]
  expect(countTests({ testResults: files }, false)).toMatchObject({
    ...{ passed: 1, failed: 2, skipped: 0, skippedFiles: [] },
    failures: ['a: test 1: never came to its end', 'b: test 0'],
  })
})

test('a bad end without a failed test is a failure, and so is no report at all', () => {
  expect(countTests({ testResults: [file('a', 'passed', 'passed')] }, false).failed).toBe(1)
  expect(countTests(undefined, false).failed).toBe(1)
  expect(countTests(undefined, true).failed, 'however well it says it ended').toBe(1)
})
