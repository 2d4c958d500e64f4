import type { DataOf, EventOf } from '@kwm/contracts'
import { defaultMachineConfigs } from '@kwm/machines'
import {
  IDENTITY_CALIBRATION,
  pmfMachine,
  type PmfCalibrationConfig,
  type PmfConfig,
  type PmfState,
} from '@kwm/model-pmf'

type Fused = EventOf<'pmf.fused-pmf.v1'>
type Brackets = DataOf<'pmf.fused-pmf.v1'>['brackets']
type PmfInput = Parameters<typeof pmfMachine.step>[1]
type Made = { readonly asRun: Brackets; readonly plain: Brackets }

/** What pmf-model reads, and its starts: enough to make its PMFs again. */
export const PLAIN_PMF_TYPES = [
  'md.market-listed.v1',
  'pmf.weather-pmf.v1',
  'feature.ladder-frame.v1',
  'pmf.fused-pmf.v1',
  'ops.service-started.v1',
] as const
type Input = EventOf<(typeof PLAIN_PMF_TYPES)[number]>

/** Frames whose PMF has not come yet. */
const WAITING_MAX = 4_096
/** A tape that begins in the middle has another past than the model had: so far apart is still the same. */
const DISTANCE_MAX = 1e-3

/**
 * The PMFs of a tape as they would be without calibration: a map is never fitted on its own work. Where
 * pmf-model ran with maps, its machine runs again on what it read, once as it was and once without
 * maps. What it said must come out of the first, or the second is not believed.
 */
export class PlainPmfs {
  /** PMFs made again, and those that did not come out as they were said. */
  remade = 0
  leftOut = 0
  readonly #mapsOf: (version: string) => PmfCalibrationConfig | undefined
  readonly #waiting = new Map<string, Made>()
  #asRun: PmfState = pmfMachine.initial(defaultMachineConfigs['pmf-model'])
  /** Null while there are no maps: the same. */
  #plain: PmfState | null = null

  /** `mapsOf`: maps by version, for tapes that do not hold the start of pmf-model. */
  constructor(mapsOf: (version: string) => PmfCalibrationConfig | undefined) {
    this.#mapsOf = mapsOf
  }

  /** The next event of the tape. Returns a fused PMF without calibration, or null. */
  take(event: Input): Fused | null {
    switch (event.type) {
      case 'ops.service-started.v1': {
        const config = event.data.config['pmf-model']
        if (event.data.machines.includes('pmf-model') && config)
          this.#configure(config as PmfConfig)
        return null
      }
      case 'pmf.fused-pmf.v1':
        return this.#restore(event)
      case 'feature.ladder-frame.v1':
        this.#fuse(event)
        return null
      default:
        pmfMachine.step(this.#asRun, event)
        if (this.#plain) pmfMachine.step(this.#plain, event)
        return null
    }
  }

  #fuse(frame: EventOf<'feature.ladder-frame.v1'>): void {
    const asRun = bracketsOf(this.#asRun, frame)
    if (!this.#plain) return
    this.#waiting.set(frame.id, { asRun, plain: bracketsOf(this.#plain, frame) })
    if (this.#waiting.size > WAITING_MAX) this.#waiting.delete(this.#waiting.keys().next().value!)
  }

  #restore(event: Fused): Fused | null {
    const { calibration = IDENTITY_CALIBRATION.version, frameId, brackets } = event.data
    if (calibration === IDENTITY_CALIBRATION.version) return event
    const made = this.#waiting.get(frameId)
    this.#waiting.delete(frameId)
    if (made && isNear(made.asRun, brackets)) {
      this.remade++
      const plain = { brackets: made.plain, calibration: IDENTITY_CALIBRATION.version }
      return { ...event, data: { ...event.data, ...plain } }
    }
    this.leftOut++
    const { config } = this.#asRun
    const maps = calibration === config.calibration.version ? undefined : this.#mapsOf(calibration)
    if (maps) this.#configure({ ...config, calibration: maps })
    return null
  }

  #configure(config: PmfConfig): void {
    if (JSON.stringify(config) === JSON.stringify(this.#asRun.config)) return
    const before = this.#plain ?? this.#asRun
    this.#asRun = pmfMachine.restore(config, pmfMachine.snapshot(this.#asRun))
    const without = { ...config, calibration: IDENTITY_CALIBRATION }
    const hasMaps = (config.calibration.maps ?? []).length > 0
    this.#plain = hasMaps ? pmfMachine.restore(without, pmfMachine.snapshot(before)) : null
  }
}

function bracketsOf(state: PmfState, frame: PmfInput): Brackets {
  const [said] = pmfMachine.step(state, frame)
  return (said!.data as DataOf<'pmf.fused-pmf.v1'>).brackets
}

const isNear = (made: Brackets, said: Brackets): boolean =>
  made.length === said.length &&
  made.every(({ marketTicker, p }, i) => {
    const other = said[i]!
    if (marketTicker !== other.marketTicker) return false
    return p === null || other.p === null ? p === other.p : Math.abs(p - other.p) <= DISTANCE_MAX
  })
