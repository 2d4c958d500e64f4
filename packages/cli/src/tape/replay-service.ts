import type { AnyEvent, DataOf, MachineName } from '@kwm/contracts'
import { eventTypeOf, makerOf } from '@kwm/contracts'
import {
  buildProcessor,
  defaultMachineConfigs,
  isMachineName,
  serviceMachines,
  type MachineConfigs,
} from '@kwm/machines'
import { OperatingError, type Outgoing, type TapeRecord } from '@kwm/runtime'

export class ReplayError extends OperatingError {
  override readonly name = 'ReplayError'
  readonly code = 'REPLAY_IMPOSSIBLE'
}

export type ReplayPlan = {
  readonly machines: readonly MachineName[]
  readonly configs: MachineConfigs
  /** True when the tape said how the service was configured. */
  readonly isRecorded: boolean
}

export type Difference = {
  readonly index: number
  readonly live: TapeRecord | null
  readonly replayed: Outgoing | null
  readonly cause: string
}

export type ReplayResult = {
  readonly service: string
  readonly machines: readonly string[]
  readonly inputs: number
  readonly outputs: number
  readonly difference: Difference | null
}

/**
 * Runs one machine service alone on a recorded tape and holds what it says against what it said
 * live. What it says is compared record by record, so memory stays flat.
 */
export class ServiceReplay {
  readonly service: string
  readonly plan: ReplayPlan
  readonly #process: (record: TapeRecord, outputs: Outgoing[]) => void
  readonly #inputs: ReadonlySet<string>
  readonly #own: ReadonlySet<string>
  /** Said by the replay and not yet seen on the tape, in order. */
  readonly #ahead: Outgoing[] = []
  #aheadFrom = 0
  #inputCount = 0
  #outputCount = 0
  #difference: Difference | null = null

  constructor(service: string, plan: ReplayPlan, shard: string) {
    const processor = buildProcessor(plan.machines, plan.configs, shard)
    this.service = service
    this.plan = plan
    this.#process = (record, outputs) => processor.process(record, outputs)
    this.#inputs = new Set(processor.inputTypes)
    this.#own = new Set(plan.machines)
  }

  /** The next record of the tape. */
  take(record: TapeRecord): void {
    if (this.#own.has(makerOf(record.id) ?? '')) this.#compare(record)
    if (!this.#inputs.has(eventTypeOf(record.subject))) return
    this.#inputCount++
    this.#process(record, this.#ahead)
    if (this.#aheadFrom > COMPACT_AFTER) {
      this.#ahead.splice(0, this.#aheadFrom)
      this.#aheadFrom = 0
    }
  }

  /** `isCut`: the tape was cut off while the service ran, so its last outputs may be missing. */
  result(isCut = false): ReplayResult {
    const left = this.#ahead[this.#aheadFrom]
    if (!this.#difference && left && !isCut) {
      this.#difference = {
        index: this.#outputCount,
        live: null,
        replayed: left,
        cause: `the live service never said ${left.id} to tape record ${left.inputSeq}`,
      }
    }
    const { service, plan } = this
    const counts = { inputs: this.#inputCount, outputs: this.#outputCount }
    return { service, machines: plan.machines, ...counts, difference: this.#difference }
  }

  #compare(record: TapeRecord): void {
    const index = this.#outputCount++
    const said = this.#ahead[this.#aheadFrom]
    if (said) this.#aheadFrom++
    if (this.#difference || (said?.id === record.id && said.body === record.body)) return
    this.#difference = { index, live: record, replayed: said ?? null, cause: causeOf(record, said) }
  }
}

const COMPACT_AFTER = 4_096

function causeOf(live: TapeRecord, said: Outgoing | undefined): string {
  if (!said) return `nothing on the tape before it makes the service say ${live.id}`
  if (said.id !== live.id)
    return `the replay says ${said.id} where the live service said ${live.id}`
  const field = firstDifference(JSON.parse(live.body), JSON.parse(said.body), '')
  return `${live.id}: ${field ?? 'the same values in another form'}`
}

/** The path of the first field that differs, and both values. */
function firstDifference(live: unknown, said: unknown, path: string): string | undefined {
  if (Object.is(live, said)) return undefined
  if (typeof live !== 'object' || typeof said !== 'object' || !live || !said) {
    return `${path || 'value'} was ${JSON.stringify(live)} live and is ${JSON.stringify(said)} replayed`
  }
  const a = live as Record<string, unknown>
  const b = said as Record<string, unknown>
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const found = firstDifference(a[key], b[key], path ? `${path}.${key}` : key)
    if (found) return found
  }
  return undefined
}

/**
 * How a service of this name ran, from the starts on the tape: its configuration, and the process
 * it was composed into.
 * @throws {ReplayError} The name is no machine service, or its configuration changed on the way.
 */
export function planReplay(
  service: string,
  starts: readonly DataOf<'ops.service-started.v1'>[],
): ReplayPlan {
  const asMachine = isMachineName(service) ? service : undefined
  const mine = starts.filter(
    (start) => start.service === service || (asMachine && start.machines.includes(asMachine)),
  )
  const last = mine.at(-1)
  if (!last) {
    const machines = serviceMachines[service] ?? (asMachine ? [asMachine] : undefined)
    if (machines) return { machines, configs: defaultMachineConfigs, isRecorded: false }
    throw new ReplayError(
      `${service} is no machine service: one of ${Object.keys(serviceMachines).join(', ')}`,
    )
  }
  if (mine.some((start) => JSON.stringify(start.config) !== JSON.stringify(last.config))) {
    throw new ReplayError(`${service} was started with different configurations on this tape`)
  }
  const configs = { ...defaultMachineConfigs, ...last.config } as MachineConfigs
  return { machines: last.machines.filter(isMachineName), configs, isRecorded: true }
}

export function startOf(record: TapeRecord): DataOf<'ops.service-started.v1'> | undefined {
  if (eventTypeOf(record.subject) !== 'ops.service-started.v1') return undefined
  const event = JSON.parse(record.body) as AnyEvent
  return event.type === 'ops.service-started.v1' ? event.data : undefined
}
