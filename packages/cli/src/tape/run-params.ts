import type { DataOf, MachineName } from '@kwm/contracts'
import { defaultMachineConfigs, isMachineName } from '@kwm/machines'

export type RunParam = {
  readonly machine: MachineName
  /** The path in the machine's configuration: `noise.shift`. */
  readonly name: string
  /** Of what was fitted its version alone: the tables are in the artefact. */
  readonly value: unknown
  /** `fitted` comes from an artefact of ours; `set` by a person; else it is the `default`, a prior. */
  readonly origin: 'default' | 'set' | 'fitted'
}

type Branch = Readonly<Record<string, unknown>>

/**
 * Every parameter the machines of a run were started with, by the last start of each on the tape. Of
 * a machine that was never started nothing is known, and nothing is said.
 */
export function runParams(
  starts: readonly DataOf<'ops.service-started.v1'>[],
): readonly RunParam[] {
  const configs = new Map<MachineName, unknown>()
  for (const { config } of starts) {
    for (const [name, value] of Object.entries(config)) {
      if (isMachineName(name)) configs.set(name, value)
    }
  }
  return [...configs].flatMap(([machine, config]) =>
    paramsOf(config, defaultMachineConfigs[machine], '').map((param) => ({ machine, ...param })),
  )
}

function paramsOf(
  value: unknown,
  byDefault: unknown,
  name: string,
): readonly Omit<RunParam, 'machine'>[] {
  if (JSON.stringify(value) === JSON.stringify(byDefault) && !isBranch(value)) {
    return [{ name, value, origin: 'default' }]
  }
  const artefact = artefactOf(value)
  if (artefact) return [{ name, ...artefact }]
  const parts = partsOf(value)
  if (parts.length === 0) return isBranch(value) ? [] : [{ name, value, origin: 'set' }]
  const others: Branch = isBranch(byDefault) ? byDefault : {}
  return parts.flatMap(([key, part]) =>
    paramsOf(part, others[key], name === '' ? key : `${name}.${key}`),
  )
}

/** The parts that are parameters of their own; a list of numbers or names is one. */
function partsOf(value: unknown): readonly (readonly [string, unknown])[] {
  const isList = Array.isArray(value) && value.length > 0 && value.every(isBranch)
  return isList || isBranch(value) ? Object.entries(value) : []
}

function artefactOf(value: unknown): Pick<RunParam, 'value' | 'origin'> | undefined {
  if (!isBranch(value)) return undefined
  const { version, modelVersion = version, provenance } = value
  if (typeof modelVersion !== 'string' || modelVersion === 'identity') return undefined
  return { value: modelVersion, origin: provenance === 'default' ? 'default' : 'fitted' }
}

const isBranch = (value: unknown): value is Branch =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
