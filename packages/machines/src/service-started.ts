import type { AnyEvent, MachineName } from '@kwm/contracts'
import type { Outgoing } from '@kwm/runtime'
import { encodeEvent } from './bound-machine.ts'
import type { MachineConfigs } from './machine-catalog.ts'

export type ServiceStart = {
  readonly service: string
  readonly machines: readonly MachineName[]
  readonly configs: MachineConfigs
  readonly version: string
  readonly resumedFromSeq: number
  readonly nowUs: number
}

/** The record a machine service leaves at each start: what a replay needs to run it again. */
export function serviceStarted(start: ServiceStart, shard: string): Outgoing {
  const { service, machines, configs, version, resumedFromSeq, nowUs } = start
  const id = `${service}-started-${nowUs}`
  const event: AnyEvent = {
    type: 'ops.service-started.v1',
    id,
    causationId: id,
    eventTimeUs: nowUs,
    ingestTimeUs: nowUs,
    data: {
      service,
      machines: [...machines],
      config: Object.fromEntries(machines.map((name) => [name, configs[name]])),
      version,
      resumedFromSeq,
    },
  }
  return encodeEvent(event, shard, 0)
}
