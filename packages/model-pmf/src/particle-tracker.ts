import {
  fitDiscretisedSkewNormal,
  InnovationGate,
  SkewNormalParticles,
  type SkewNormalParticlesConfig,
  type SkewNormalParticlesSnapshot,
  type SkewNormalTriple,
} from '@kwm/quant'
import type { PmfConfig } from './config.ts'
import { liveCentres, type LiveAxis, type Tracker, type WeatherPull } from './tracker.ts'

export type ParticleTrackerSnapshot = {
  readonly cloud: SkewNormalParticlesSnapshot
  readonly start: SkewNormalTriple
  readonly seed: string
  readonly hot: number
  readonly hotUntilUs: number
  readonly timeUs: number
}

const US_PER_S = 1e6
/** A bid of nothing is not impossible for that. */
const FLOOR = 1e-4

/**
 * The PMF as a discretised skew normal tracked by particles (MODELS 6.4, method 3): three parameters
 * for however many brackets, so what no skew normal gives is noise to it. It is pulled towards the
 * skew normal closest to the weather's PMF, and given the dead brackets it is the one cut off below.
 * An alarm of the innovation gate draws the cloud again about what the market says, and for a while it
 * walks faster: particles that are all wrong cannot be weighed right. Two brackets meet half way
 * between their centres.
 */
export class ParticleTracker implements Tracker {
  readonly #config: PmfConfig
  readonly #gate: InnovationGate
  readonly #cloud: SkewNormalParticles
  readonly #cloudConfig: SkewNormalParticlesConfig
  readonly #centres: Float64Array
  #timeUs: number
  #hotUntilUs: number
  /** The fit of the weather it was last pulled to. */
  #weather: WeatherPull | null = null
  #target: SkewNormalTriple | null = null

  private constructor(
    config: PmfConfig,
    axis: LiveAxis,
    saved: Omit<ParticleTrackerSnapshot, 'cloud'> & { cloud: SkewNormalParticlesSnapshot | null },
  ) {
    this.#config = config
    this.#centres = liveCentres(axis)
    const { start, seed } = saved
    const { particles } = config
    const gap = gapOf(axis.centres)
    this.#cloudConfig = {
      ...edgesOf(axis),
      start,
      startSd: scaled(particles.startSd, gap),
      walkPerSecond: scaled(particles.walk, gap ** 2),
      particles: particles.count,
      jitter: particles.jitter,
      seed,
    }
    this.#cloud = saved.cloud
      ? SkewNormalParticles.restore(this.#cloudConfig, saved.cloud)
      : new SkewNormalParticles(this.#cloudConfig)
    this.#gate = new InnovationGate(config.gate, saved.hot)
    this.#timeUs = saved.timeUs
    this.#hotUntilUs = saved.hotUntilUs
  }

  /** About a PMF of the live brackets. */
  static start(
    config: PmfConfig,
    axis: LiveAxis,
    eventTicker: string,
    pmf: Float64Array,
    timeUs: number,
  ): ParticleTracker {
    const { edges, above } = edgesOf(axis)
    const start = fitDiscretisedSkewNormal(pmf, liveCentres(axis), edges, above)
    const seed = `${config.particles.seed} ${eventTicker}`
    const rest = { hot: 0, hotUntilUs: -1, timeUs }
    return new ParticleTracker(config, axis, { cloud: null, start, seed, ...rest })
  }

  static restore(
    config: PmfConfig,
    axis: LiveAxis,
    saved: ParticleTrackerSnapshot,
  ): ParticleTracker {
    return new ParticleTracker(config, axis, saved)
  }

  keep(axis: LiveAxis): ParticleTracker {
    return new ParticleTracker(this.#config, axis, this.snapshot())
  }

  isHot(nowUs: number): boolean {
    return nowUs < this.#hotUntilUs
  }

  advance(nowUs: number, weather: WeatherPull | null, pullPerSecond: number): void {
    if (nowUs <= this.#timeUs) return
    if (weather && weather !== this.#weather) {
      this.#target = this.#fit(weather.pmf)
      this.#weather = weather
    }
    const scale = this.isHot(this.#timeUs) ? this.#config.changePoint.noiseScale : 1
    const seconds = (nowUs - this.#timeUs) / US_PER_S
    this.#cloud.predict(seconds, weather && this.#target, pullPerSecond, scale)
    this.#timeUs = nowUs
  }

  observe(mid: Float64Array, variance: Float64Array, degrees: number): number {
    const nis = this.#cloud.observe(mid, variance)
    if (this.#gate.add(nis, degrees)) this.#redraw(mid, variance)
    return nis
  }

  /** About what the market says; what nobody quotes stays as it was. */
  #redraw(mid: Float64Array, variance: Float64Array): void {
    const said = mid.map((p, k) => {
      return Math.max(FLOOR, variance[k] === Infinity ? this.#cloud.mean[k]! : p)
    })
    const total = said.reduce((sum, p) => sum + p, 0)
    this.#cloud.redraw(this.#fit(said.map((p) => p / total)))
    this.#cloud.observe(mid, variance)
    this.#hotUntilUs = this.#timeUs + this.#config.changePoint.holdUs
  }

  #fit(pmf: Float64Array): SkewNormalTriple {
    const { edges, above = null } = this.#cloudConfig
    return fitDiscretisedSkewNormal(pmf, this.#centres, edges, above)
  }

  moments(): { readonly mean: Float64Array; readonly sd: Float64Array } {
    return this.#cloud
  }

  snapshot(): ParticleTrackerSnapshot {
    return {
      cloud: this.#cloud.snapshot(),
      start: this.#cloudConfig.start,
      seed: this.#cloudConfig.seed as string,
      hot: this.#gate.hot,
      hotUntilUs: this.#hotUntilUs,
      timeUs: this.#timeUs,
    }
  }
}

function edgesOf({ centres, alive }: LiveAxis): { edges: number[]; above: number | null } {
  const between = (k: number): number => (centres[alive[k]!]! + centres[alive[k]! - 1]!) / 2
  const edges = alive.slice(1).map((_, k) => between(k + 1))
  return { edges, above: alive[0]! > 0 ? between(0) : null }
}

/** The narrowest; 1 for a single bracket. */
function gapOf(centres: Float64Array): number {
  let gap = Infinity
  for (let k = 1; k < centres.length; k++) gap = Math.min(gap, centres[k]! - centres[k - 1]!)
  return gap === Infinity ? 1 : gap
}

const scaled = (triple: SkewNormalTriple, by: number): SkewNormalTriple => ({
  ...triple,
  place: triple.place * by,
})
