import type { Picture } from './report-pictures.ts'

/** A report is a list of sections: words, a table, and on a page bars. The first column is text. */
export type ReportSection = {
  readonly title: string
  readonly text?: string
  readonly columns?: readonly string[]
  readonly rows?: readonly (readonly string[])[]
  readonly bars?: Bars
  readonly pictures?: readonly Picture[]
}

/** Shares that sum to 1, with the share each would have if all were equal. */
export type Bars = { readonly shares: readonly number[]; readonly labels: readonly string[] }

export type Report = {
  readonly title: string
  readonly isGoalMet: boolean
  readonly sections: readonly ReportSection[]
}
