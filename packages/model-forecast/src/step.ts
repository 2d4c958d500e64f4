import type { Emission, EventOf } from '@kwm/contracts'
import { projectOntoSumZero } from '@kwm/quant'
import { PooledForecaster, type ForecastArtefact } from './artefact.ts'
import { OnlineVarx, type VarxOptions, type VarxSnapshot } from './online-varx.ts'
import { forecastableMid, type Frame } from './row-features.ts'

export const forecastInputTypes = ['feature.ladder-frame.v1'] as const
export const forecastOutputTypes = ['pmf.forecast.v1'] as const
export type ForecastInput = EventOf<'feature.ladder-frame.v1'>

export type ForecastConfig = {
  /** At most one forecast of an event in this time. */
  readonly sampleUs: number
  readonly online: VarxOptions & { readonly horizonsSeconds: readonly number[] }
  readonly artefacts: readonly ForecastArtefact[]
}

export const defaultForecastConfig: ForecastConfig = {
  sampleUs: 1_000_000,
  online: {
    features: ['velocityT', 'ofi5s', 'queueImbalance', 'microGap'],
    // 33 minutes of samples a second apart.
    forgetting: 0.9995,
    ridge: 1,
    pairsMin: 120,
    horizonsSeconds: [10, 60],
  },
  artefacts: [],
}

export const ONLINE_VERSION = 'varx-online-1'
/** Events with a live fit; beyond, the one heard of longest ago is forgotten. */
export const EVENTS_MAX = 256

type EventState = { lastSampleUs: number; readonly units: number; readonly fits: OnlineVarx[] }

export type ForecastState = {
  readonly config: ForecastConfig
  readonly pooled: readonly PooledForecaster[]
  /** In order of the latest frame, oldest first. */
  readonly events: Map<string, EventState>
}
export type ForecastSnapshot = {
  readonly v: 1
  /** The options it was learned with: under others it starts anew. */
  readonly online: ForecastConfig['online']
  readonly events: readonly {
    readonly eventTicker: string
    readonly lastSampleUs: number
    readonly units: number
    readonly fits: readonly VarxSnapshot[]
  }[]
}

/** Where each mid of a ladder is expected to be after each horizon (MODELS 7). */
export const forecastMachine = {
  /** @throws {ArtefactRefusedError} When a configured artefact does not fit this version. */
  initial: (config: ForecastConfig): ForecastState => ({
    config,
    pooled: config.artefacts.map((artefact) => PooledForecaster.load(artefact)),
    events: new Map(),
  }),
  step,
  snapshot: (state: ForecastState): ForecastSnapshot => ({
    v: 1,
    online: state.config.online,
    events: [...state.events].map(([eventTicker, { lastSampleUs, units, fits }]) => ({
      eventTicker,
      lastSampleUs,
      units,
      fits: fits.map((fit) => fit.snapshot()),
    })),
  }),
  restore(config: ForecastConfig, saved: ForecastSnapshot): ForecastState {
    const state = forecastMachine.initial(config)
    if (JSON.stringify(saved.online) !== JSON.stringify(config.online)) return state
    for (const { eventTicker, lastSampleUs, units, fits } of saved.events) {
      state.events.set(eventTicker, { lastSampleUs, units, fits: makeFits(config, units, fits) })
    }
    return state
  },
}

function makeFits(
  { online, sampleUs }: ForecastConfig,
  units: number,
  saved: readonly VarxSnapshot[] = [],
): OnlineVarx[] {
  return online.horizonsSeconds.map((seconds, i) => {
    // Labels of samples a second apart overlap for the whole horizon: each says that much less.
    const ridge = Math.max(1, (seconds * 1e6) / sampleUs) * online.ridge
    return new OnlineVarx({ ...online, ridge }, units, seconds * 1e6, saved[i])
  })
}

function step(state: ForecastState, input: ForecastInput): readonly Emission[] {
  const frame = input.data
  const timeUs = input.eventTimeUs
  if (frame.closeTimeUs < timeUs) {
    state.events.delete(frame.eventTicker)
    return []
  }
  const event = eventOf(state, frame)
  const mids = Float64Array.from(frame.rows, (row) => forecastableMid(row) ?? NaN)
  // Frames of a venue whose clock jitters: a pair must not run backwards.
  if (timeUs < event.lastSampleUs) return []
  for (const fit of event.fits) fit.learn({ timeUs, mids })
  if (timeUs < event.lastSampleUs + state.config.sampleUs) return []
  event.lastSampleUs = timeUs
  const emissions: Emission[] = []
  for (const [i, fit] of event.fits.entries()) {
    const said = fit.forecast(frame, { timeUs, mids })
    const horizonSeconds = state.config.online.horizonsSeconds[i]!
    if (said)
      push(emissions, frame, horizonSeconds, ONLINE_VERSION, mids, said.means, said.variances)
  }
  for (const pooled of state.pooled) {
    const { vector, artefact } = pooled
    const features = vector.fill(frame, timeUs)
    const means = mids.map((_, j) => pooled.predict(features, j * vector.width))
    const variances = mids.map(() => artefact.residualSd ** 2)
    push(emissions, frame, artefact.horizonSeconds, artefact.modelVersion, mids, means, variances)
  }
  return emissions
}

function eventOf(state: ForecastState, frame: Frame): EventState {
  const { eventTicker, rows } = frame
  const known = state.events.get(eventTicker)
  state.events.delete(eventTicker)
  const event =
    known?.units === rows.length
      ? known
      : { lastSampleUs: 0, units: rows.length, fits: makeFits(state.config, rows.length) }
  state.events.set(eventTicker, event)
  if (state.events.size > EVENTS_MAX) state.events.delete(state.events.keys().next().value!)
  return event
}

/** The changes of a partition's prices sum to zero: the forecasts too, where every bracket has one. */
function push(
  emissions: Emission[],
  frame: Frame,
  horizonSeconds: number,
  modelVersion: string,
  mids: Float64Array,
  means: Float64Array,
  variances: Float64Array,
): void {
  const isWhole = frame.isPartition && mids.every((mid) => !Number.isNaN(mid))
  const coherent =
    isWhole && variances.some((variance) => variance > 0)
      ? projectOntoSumZero(means, variances)
      : means
  const rows = frame.rows.flatMap(({ marketTicker }, j) =>
    Number.isNaN(mids[j]!)
      ? []
      : [{ marketTicker, meanChange: coherent[j]!, sd: Math.sqrt(variances[j]!) }],
  )
  if (rows.length === 0) return
  const data = { eventTicker: frame.eventTicker, horizonSeconds, modelVersion, rows }
  emissions.push({ type: 'pmf.forecast.v1', data })
}
