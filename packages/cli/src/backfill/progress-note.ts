/** How far it is, how fast, and how long still. */
export function progressNote(at: {
  readonly items: number
  readonly done: number
  readonly rows: number
  readonly requests: number
  readonly seconds: number
}): string {
  const { items, done, rows, requests, seconds } = at
  const left = done > 0 ? `, ${Math.ceil(((items - done) / done) * seconds)} s left` : ''
  const rate = (requests / Math.max(0.001, seconds)).toFixed(1)
  return `${done}/${items}, ${rows.toLocaleString('en-US')} rows, ${rate} requests/s${left}`
}
