export type VitestFile = {
  readonly name: string
  readonly status: string
  readonly message?: string
  readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
}
export type Counts = {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly failures: readonly string[]
  readonly skippedFiles: readonly string[]
}
export function countTests(
  report: { readonly testResults: readonly VitestFile[] } | undefined,
  exitedWell: boolean,
): Counts
export function totalOf(
  checks: readonly { readonly ok: boolean }[],
  tests: Pick<Counts, 'passed' | 'failed' | 'skipped'>,
): Pick<Counts, 'passed' | 'failed' | 'skipped'>
