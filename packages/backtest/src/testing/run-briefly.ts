import { tapeSubject, type AnyEvent } from '@kwm/contracts'
import type { MachinePorts } from '@kwm/machines'
import { MemoryLog, MemorySnapshotStore, type MachineHost, type Outgoing } from '@kwm/runtime'

export type BriefLife = {
  /** What the service appended. */
  readonly said: readonly AnyEvent[]
  readonly snapshotSeq: number | undefined
  readonly letters: readonly string[]
}

const TICKS = 5

/** A service over a tape of five ticks, until it has said how it was started; then it is stopped. */
export function runBriefly(
  name: string,
  stop: { readonly signal: Parameters<MachineHost['run']>[0]; abort(): void },
  host: (ports: Omit<MachinePorts, 'observer'>) => MachineHost,
): Promise<BriefLife> {
  const log = new MemoryLog('main')
  for (let second = 1; second <= TICKS; second++) log.appendNow(tick(second))
  const snapshots = new MemorySnapshotStore()
  const letters: string[] = []
  const append = log.append.bind(log)
  log.append = (outgoing) =>
    append(outgoing).then((ack) => {
      stop.abort()
      return ack
    })
  const service = host({
    log,
    snapshots,
    deadLetters: { append: ({ reason }) => Promise.resolve(void letters.push(reason)) },
    clock: { nowUs: () => 1_000_000, sleep: () => Promise.resolve() },
  })
  return service
    .run(stop.signal)
    .then(() => snapshots.load(name))
    .then((snapshot) => ({
      said: log.records.slice(TICKS).map(({ body }) => JSON.parse(body) as AnyEvent),
      snapshotSeq: snapshot?.tapeSeq,
      letters,
    }))
}

const tick = (second: number): Outgoing => ({
  subject: tapeSubject('main', 'ops.tick.v1', 'all'),
  id: `clock-${second}`,
  inputSeq: 0,
  body: JSON.stringify({
    type: 'ops.tick.v1',
    id: `clock-${second}`,
    causationId: `clock-${second}`,
    eventTimeUs: second * 1e6,
    ingestTimeUs: second * 1e6,
    data: { second, source: 'wall' },
  }),
})
