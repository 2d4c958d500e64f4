import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { AnyEvent, DataOf, EventType } from '@kwm/contracts'
import { bindMachine, defaultMachineConfigs, type BoundMachine } from '@kwm/machines'
import { featuresInputTypes, featuresMachine, featuresOutputTypes } from '@kwm/model-features'
import { pmfInputTypes, pmfMachine, pmfOutputTypes } from '@kwm/model-pmf'
import { signalsInputTypes, signalsMachine, signalsOutputTypes } from '@kwm/model-signals'
import { Prng } from '@kwm/std'

export type BookEventResult = {
  /** Medians of the middle round: a delta that changes a best quote, to the strategies' answers. */
  readonly bookEventMicros: {
    readonly p50: number
    readonly p99: number
    /** Of p50, by machine. */
    readonly features: number
    readonly pmfModel: number
    readonly signals: number
    readonly events: number
  }
  /** Heap and buffers of the three machines for one event of six brackets after an hour of it. */
  readonly bookEventMemoryBytes: number
}

const BRACKETS = 6
const FAIR_BPS = [300, 1_000, 3_700, 3_600, 1_100, 300]
const LEVELS = 12
const ROUNDS = 5
const WARM_UP_INPUTS = 20_000
const INPUTS = 20_000
const STEP_US = 180_000
const START_US = 1_795_200_000_000_000
const MEMORY_EVENTS = 60

/**
 * One book event of a six-bracket event through features, the filter with weather in it and every
 * strategy, in memory in one process: what a composed service does between decoding and encoding.
 */
export async function benchBookEvent(): Promise<BookEventResult> {
  const rounds = Array.from({ length: ROUNDS }, (_, round) => measure(`round ${round}`))
  const middle = rounds.toSorted((a, b) => a.p50 - b.p50)[ROUNDS >> 1]!
  return { bookEventMicros: middle, bookEventMemoryBytes: memoryOfOneEvent() }
}

function measure(seed: string): BookEventResult['bookEventMicros'] {
  const desk = new Desk()
  const market = new Market(seed, 'KXHIGHNY-26NOV20')
  for (const event of market.opening()) desk.step(event)
  for (let n = 0; n < WARM_UP_INPUTS; n++) desk.step(market.next())
  const total: number[] = []
  const parts: [number[], number[], number[]] = [[], [], []]
  for (let n = 0; n < INPUTS; n++) {
    const event = market.next()
    const times = desk.step(event)
    if (event.type !== 'md.book-delta.v1' || times === null) continue
    total.push(times[3] - times[0])
    for (const [index, list] of parts.entries()) list.push(times[index + 1]! - times[index]!)
  }
  const at = (values: readonly number[], q: number): number =>
    Math.round(values.toSorted((a, b) => a - b)[Math.floor(q * (values.length - 1))]! * 1e4) / 10
  const [features, pmfModel, signals] = parts.map((part) => at(part, 0.5)) as [
    number,
    number,
    number,
  ]
  return {
    p50: at(total, 0.5),
    p99: at(total, 0.99),
    features,
    pmfModel,
    signals,
    events: total.length,
  }
}

/** Live bytes of many events at once less those of none, for each. */
function memoryOfOneEvent(): number {
  setFlagsFromString('--expose_gc')
  const collect = runInNewContext('gc') as () => void
  const live = (): number => {
    collect()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  const desk = new Desk()
  const markets = Array.from(
    { length: MEMORY_EVENTS },
    (_, n) => new Market(`m${n}`, `KXHIGHNY-${n}`),
  )
  const before = live()
  for (const market of markets) for (const event of market.opening()) desk.step(event)
  for (let n = 0; n < 3_600 / (STEP_US / 1e6) / 4; n++) {
    for (const market of markets) desk.step(market.next(4))
  }
  const after = live()
  if (desk.intents < 0) throw new Error('kept until here')
  return Math.round((after - before) / MEMORY_EVENTS)
}

/** The three machines, each fed by the one before, with every frame let through. */
class Desk {
  readonly #features: BoundMachine
  readonly #pmf: BoundMachine
  readonly #signals: BoundMachine
  intents = 0
  #seq = 0

  constructor() {
    const { features, 'pmf-model': pmf, signals } = defaultMachineConfigs
    this.#features = bindMachine(
      {
        ...{ name: 'features', inputTypes: featuresInputTypes, outputTypes: featuresOutputTypes },
        machine: featuresMachine,
      },
      { ...features, frameIntervalUs: 0 },
    )
    this.#pmf = bindMachine(
      {
        ...{ name: 'pmf-model', inputTypes: pmfInputTypes, outputTypes: pmfOutputTypes },
        machine: pmfMachine,
      },
      pmf,
    )
    this.#signals = bindMachine(
      {
        ...{ name: 'signals', inputTypes: signalsInputTypes, outputTypes: signalsOutputTypes },
        machine: signalsMachine,
      },
      signals,
    )
  }

  /** When each machine began and the last ended, in ms; null when no frame came of it. */
  step(event: AnyEvent): readonly [number, number, number, number] | null {
    const seq = ++this.#seq
    if (event.type === 'md.market-listed.v1' || event.type === 'pmf.weather-pmf.v1') {
      for (const machine of [this.#features, this.#pmf, this.#signals]) {
        if (machine.inputTypes.includes(event.type)) machine.step(event, seq)
      }
      return null
    }
    const t0 = performance.now()
    const frames = this.#features.step(event, seq)
    if (frames.length === 0) return null
    const t1 = performance.now()
    const pmfs = frames.flatMap((frame) => this.#pmf.step(frame, seq))
    const t2 = performance.now()
    for (const frame of frames) this.#signals.step(frame, seq)
    for (const pmf of pmfs) this.intents += this.#signals.step(pmf, seq).length
    return [t0, t1, t2, performance.now()]
  }
}

/** Listings, books, then deltas about a slowly moving middle, a trade now and then, ticks, weather. */
class Market {
  readonly #prng: Prng
  readonly #event: string
  readonly #sizes: Int32Array[]
  #timeUs = START_US
  #count = 0

  constructor(seed: string, event: string) {
    this.#prng = new Prng(seed)
    this.#event = event
    this.#sizes = Array.from({ length: 2 * BRACKETS }, () => new Int32Array(LEVELS).fill(5_000))
  }

  *opening(): Generator<AnyEvent> {
    for (let k = 0; k < BRACKETS; k++) yield this.#emit('md.market-listed.v1', this.#listing(k))
    for (let k = 0; k < BRACKETS; k++) {
      const side = (isYes: boolean) =>
        Array.from({ length: LEVELS }, (_, l) => [this.#price(k, isYes, l), 5_000] as const)
          .filter(([price]) => price > 0)
          .map(([price, count]): [number, number] => [price, count])
      yield this.#emit('md.book-snapshot.v1', {
        ...{ marketTicker: this.#ticker(k), yes: side(true), no: side(false), venueSeq: k },
      })
    }
  }

  next(steps = 1): AnyEvent {
    this.#timeUs += steps * STEP_US
    const n = this.#count
    if (n % 300 === 20) return this.#weather()
    if (n % 6 === 0) {
      return this.#emit('ops.tick.v1', { second: Math.floor(this.#timeUs / 1e6), source: 'tape' })
    }
    return n % 10 === 1 ? this.#trade() : this.#delta()
  }

  #delta(): AnyEvent {
    const prng = this.#prng
    for (;;) {
      const k = prng.nextInt(BRACKETS)
      const isYes = prng.nextFloat() < 0.5
      const level = prng.nextInt(3)
      const priceBps = this.#price(k, isYes, level)
      const sizes = this.#sizes[2 * k + (isYes ? 1 : 0)]!
      const after = prng.nextFloat() < 0.4 ? 0 : 100 * (1 + prng.nextInt(90))
      const countDeltaCenti = after - sizes[level]!
      if (countDeltaCenti === 0 || priceBps <= 0) continue
      sizes[level] = after
      const side = isYes ? 'yes' : 'no'
      return this.#emit('md.book-delta.v1', {
        ...{
          marketTicker: this.#ticker(k),
          side,
          priceBps,
          countDeltaCenti,
          venueSeq: this.#count,
        },
      })
    }
  }

  #trade(): AnyEvent {
    const k = this.#prng.nextInt(BRACKETS)
    return this.#emit('md.trade.v1', {
      ...{ marketTicker: this.#ticker(k), tradeId: `t${this.#count}`, yesPriceBps: FAIR_BPS[k]! },
      ...{ countCenti: 100 * (1 + this.#prng.nextInt(20)), isBlock: false },
      takerSide: this.#prng.nextFloat() < 0.5 ? 'yes' : 'no',
    })
  }

  #weather(): AnyEvent {
    const p = [0.05, 0.15, 0.35, 0.3, 0.1, 0.05]
    return this.#emit('pmf.weather-pmf.v1', {
      ...{ eventTicker: this.#event, stationId: 'KNYC', climateDate: '2026-11-20' },
      brackets: p.map((probability, k) => ({ marketTicker: this.#ticker(k), p: probability })),
      ...{ hardLowerF: null, hazard15min: 0.1, hazard60min: 0.3, probabilityOfNewHigh: 0.5 },
      ...{ blockedReason: null, basis: 'nowcast', pmf: null, runningHigh: null, timeOfMax: null },
      ...{ feed: null, forecast: null, ensemble: null, isWidened: false },
      ...{ blockedReason: null, basis: 'nowcast', pmf: null, runningHigh: null, timeOfMax: null },
      ...{ feed: null, forecast: null, ensemble: null, isWidened: false, modelVersion: 'bench' },
    })
  }

  #listing(k: number): DataOf<'md.market-listed.v1'> {
    const floor = 43 + 2 * k
    const strikeType = k === 0 ? 'less' : k === BRACKETS - 1 ? 'greater' : 'between'
    return {
      ...{ marketTicker: this.#ticker(k), eventTicker: this.#event, seriesTicker: 'KXHIGHNY' },
      ...{ title: '', strikeType, floorStrike: k === 0 ? null : k === 5 ? 52 : floor },
      ...{ capStrike: k === 5 ? null : k === 0 ? 45 : floor + 1, openTimeUs: START_US },
      ...{ closeTimeUs: START_US + 86_400_000_000, status: 'active', exchangeIndex: 0 },
      priceRanges: [{ startBps: 0, endBps: 10_000, stepBps: 100 }],
      ...{ feeType: 'quadratic', feeMultiplierMilli: 1_000, rulesPrimary: '', isTradable: true },
      ...{ untradableReason: null, isSynthetic: true },
    }
  }

  #price(k: number, isYes: boolean, level: number): number {
    const fair = isYes ? FAIR_BPS[k]! : 10_000 - FAIR_BPS[k]!
    return fair - 100 - 100 * level
  }

  #ticker(k: number): string {
    return `${this.#event}-B${43 + 2 * k}.5`
  }

  #emit<T extends EventType>(type: T, data: DataOf<T>): AnyEvent {
    const times = { eventTimeUs: this.#timeUs, ingestTimeUs: this.#timeUs }
    return {
      type,
      id: `${this.#event}-${++this.#count}`,
      causationId: 'x',
      ...times,
      data,
    } as AnyEvent
  }
}
