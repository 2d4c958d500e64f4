/**
 * Vitest's JSON report as counts. A file that could not even be loaded has no tests to fail, and an
 * error outside every test is in no file: each counts as one failure, so that nothing is lost.
 */
export function countTests(report, exitedWell) {
  const counts = { passed: 0, failed: 0, skipped: 0, failures: [], skippedFiles: [] }
  for (const file of report?.testResults ?? []) countFile(file, counts)
  if (!report) fail(counts, 'vitest left no report: see its output above')
  else if (!exitedWell && counts.failed === 0) {
    fail(counts, 'vitest ended badly though no test failed: see its output above')
  }
  return counts
}

function fail(counts, why) {
  counts.failed += 1
  counts.failures.push(why)
}

function countFile({ name, status, message, assertionResults: tests }, counts) {
  const of = (...statuses) => tests.filter((test) => statuses.includes(test.status))
  const failed = of('failed')
  const unfinished = of('pending') // Its process died: nobody knows how it would have ended.
  const skipped = of('skipped', 'todo', 'disabled')
  counts.passed += of('passed').length
  counts.skipped += skipped.length
  for (const test of failed) fail(counts, `${name}: ${test.fullName}`)
  for (const test of unfinished) fail(counts, `${name}: ${test.fullName}: never came to its end`)
  if (status === 'failed' && failed.length === 0) {
    fail(
      counts,
      `${name}: ${String(message).split('\n')[0] || 'before or after the tests: see above'}`,
    )
  } else if (tests.length > 0 && skipped.length === tests.length) counts.skippedFiles.push(name)
}

/** The checks and the tests together. */
export const totalOf = (checks, tests) => ({
  passed: checks.filter((check) => check.ok).length + tests.passed,
  failed: checks.filter((check) => !check.ok).length + tests.failed,
  skipped: tests.skipped,
})
