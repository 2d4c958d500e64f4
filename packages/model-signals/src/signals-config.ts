import { defaultParams, parseParams, type Params } from './params.ts'
import { strategies } from './strategies.ts'
import type { Strategy } from './strategy.ts'

/** Plain data: it is written to the tape at each start. */
export type SignalsConfig = {
  /** Strategies whose orders are sent. The others run in shadow: evaluated and logged. */
  readonly allocated: readonly string[]
  /** By strategy. */
  readonly params: Readonly<Record<string, Params>>
}

export type SignalsConfigResult =
  | { readonly ok: true; readonly config: SignalsConfig }
  | { readonly ok: false; readonly fault: string }

/**
 * The configuration of the given strategies, defaults where nothing is said. The fault names the
 * strategy and parameter and what would do.
 */
export function signalsConfig(
  given: {
    readonly allocated?: readonly string[]
    readonly params?: Readonly<Record<string, unknown>>
  } = {},
  all: readonly Strategy[] = strategies,
): SignalsConfigResult {
  const names = all.map(({ name }) => name)
  const { allocated = ['leader-follower'], params: wanted = {} } = given
  const unknown = [...allocated, ...Object.keys(wanted)].find((name) => !names.includes(name))
  if (unknown !== undefined) {
    return { ok: false, fault: `${unknown} is no strategy: ${names.join(', ')}` }
  }
  const params: Record<string, Params> = {}
  for (const { name, params: schema } of all) {
    const parsed = parseParams(schema, wanted[name] ?? {})
    if (!parsed.ok) return { ok: false, fault: `${name}: ${parsed.fault}` }
    params[name] = parsed.params
  }
  return { ok: true, config: { allocated, params } }
}

export const defaultSignalsConfig: SignalsConfig = {
  allocated: ['leader-follower'],
  params: Object.fromEntries(strategies.map(({ name, params }) => [name, defaultParams(params)])),
}
