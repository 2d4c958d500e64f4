/**
 * Vitest's JSON report as counts. A file that could not even be loaded has no tests to fail, and an
 * error outside every test is in no file: each counts as one failure, so that nothing is lost.
 */
export function countTests(report, exitedWell) {
  const counts = { passed: 0, failed: 0, skipped: 0, failures: [], skippedFiles: [] }
  for (const file of report?.testResults ?? []) countFile(file, counts)
  if (!exitedWell && counts.failed === 0) {
    counts.failed += 1
    counts.failures.push('vitest ended badly though no test failed: see its output above')
  }
  return counts
}

function countFile(file, counts) {
  const { assertionResults: tests } = file
  const failed = tests.filter((test) => test.status === 'failed')
  const passed = tests.filter((test) => test.status === 'passed')
  const skipped = tests.length - passed.length - failed.length
  counts.passed += passed.length
  counts.failed += failed.length
  counts.skipped += skipped
  for (const test of failed) counts.failures.push(`${file.name}: ${test.fullName}`)
  if (file.status === 'failed' && failed.length === 0) {
    counts.failed += 1
    counts.failures.push(`${file.name}: ${String(file.message).split('\n')[0]}`)
  }
  if (tests.length > 0 && skipped === tests.length) counts.skippedFiles.push(file.name)
}

/** The checks and the tests together. */
export const totalOf = (checks, tests) => ({
  passed: checks.filter((check) => check.ok).length + tests.passed,
  failed: checks.filter((check) => !check.ok).length + tests.failed,
  skipped: tests.skipped,
})
