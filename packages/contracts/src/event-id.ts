/**
 * Identity of an event made by a machine: `<service>-<rootSeq>-<path>`.
 *
 * `rootSeq` is the tape sequence of the outside event at the root of the causal chain and `path`
 * the way down from it, one step a machine: `risk-512-f0.p0.s1.0` is the first output of `risk` on
 * the second output of `signals` on the first of `pmf-model` on the first of `features` on tape
 * record 512. It depends on causes alone, never on where inner events landed on the tape, so the
 * separate services, the composed process and a backtest give equal bytes.
 */
const STEP_CODES = {
  'weather-model': 'w',
  features: 'f',
  'pmf-model': 'p',
  signals: 's',
  risk: 'r',
  exec: 'x',
  'paper-venue': 'v',
} as const

export type MachineName = keyof typeof STEP_CODES
export const machineNames = Object.keys(STEP_CODES) as readonly MachineName[]

const MACHINE_ID = new RegExp(`^(${machineNames.join('|')})-(\\d+)-([a-z0-9.]+)$`)

/** The id of output `index` of `machine` on the input with id `causeId` at tape sequence `causeSeq`. */
export function childId(
  machine: MachineName,
  causeId: string,
  causeSeq: number,
  index: number,
): string {
  return childIdPrefix(machine, causeId, causeSeq) + index
}

/** All of `childId` but the index: computed once an input. */
export function childIdPrefix(machine: MachineName, causeId: string, causeSeq: number): string {
  const match = MACHINE_ID.exec(causeId)
  if (!match) return `${machine}-${causeSeq}-`
  const [, maker, root, path] = match
  const cut = path!.lastIndexOf('.') + 1
  const step = STEP_CODES[maker as MachineName] + path!.slice(cut)
  return `${machine}-${root}-${path!.slice(0, cut)}${step}.`
}

/** The machine that made an event, or undefined for one from outside. */
export function makerOf(eventId: string): MachineName | undefined {
  return MACHINE_ID.exec(eventId)?.[1] as MachineName | undefined
}
