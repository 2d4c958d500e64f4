import type { MachineName } from '@kwm/contracts'
import { machineNames } from '@kwm/contracts'
import {
  defaultFeaturesConfig,
  featuresInputTypes,
  featuresMachine,
  featuresOutputTypes,
  type FeaturesConfig,
} from '@kwm/model-features'
import {
  defaultForecastConfig,
  forecastInputTypes,
  forecastMachine,
  forecastOutputTypes,
  type ForecastConfig,
} from '@kwm/model-forecast'
import {
  defaultPmfConfig,
  pmfInputTypes,
  pmfMachine,
  pmfOutputTypes,
  type PmfConfig,
} from '@kwm/model-pmf'
import {
  defaultRiskLimits,
  riskInputTypes,
  riskMachine,
  riskOutputTypes,
  type RiskLimits,
} from '@kwm/model-risk'
import {
  defaultSignalsConfig,
  signalsInputTypes,
  signalsMachine,
  signalsOutputTypes,
  type SignalsConfig,
} from '@kwm/model-signals'
import {
  defaultWeatherConfig,
  stations,
  SYNTHETIC_STATION,
  weatherInputTypes,
  weatherMachine,
  weatherOutputTypes,
  type WeatherConfig,
} from '@kwm/model-weather'
import type { Processor } from '@kwm/runtime'
import { bindMachine, compose, type BoundMachine } from './bound-machine.ts'
import { execInputTypes, execMachine, execOutputTypes, type ExecConfig } from './exec-machine.ts'
import {
  paperVenueInputTypes,
  paperVenueMachine,
  paperVenueOutputTypes,
  type PaperVenueConfig,
} from './paper-venue/paper-venue-machine.ts'

/** The configuration of every machine. Plain data: it is written to the tape at each start. */
export type MachineConfigs = {
  readonly 'weather-model': WeatherConfig
  readonly features: FeaturesConfig
  readonly 'pmf-model': PmfConfig
  readonly forecast: ForecastConfig
  readonly signals: SignalsConfig
  readonly risk: RiskLimits
  readonly exec: ExecConfig
  readonly 'paper-venue': PaperVenueConfig
}

/** Of every station that settles something, by the report the rules name. */
const stationOffsets = Object.fromEntries(
  [...stations, SYNTHETIC_STATION].map(({ report, stdOffsetMinutes }) => [
    report,
    stdOffsetMinutes,
  ]),
)

export const defaultMachineConfigs: MachineConfigs = {
  'weather-model': defaultWeatherConfig,
  features: { ...defaultFeaturesConfig, stdOffsetMinutes: stationOffsets },
  'pmf-model': defaultPmfConfig,
  forecast: defaultForecastConfig,
  signals: defaultSignalsConfig,
  risk: defaultRiskLimits,
  exec: { mode: 'paper' },
  'paper-venue': {
    latencyUs: 250_000,
    queueModel: { kind: 'power', exponent: 3 },
    makerFeePolicy: 'series',
    balancePrecisionMicros: 100,
  },
}

/** The machines a service of this name hosts when nothing else is said. */
export const serviceMachines: Readonly<Record<string, readonly MachineName[]>> = {
  'weather-model': ['weather-model'],
  features: ['features'],
  'pmf-model': ['pmf-model', 'forecast'],
  signals: ['signals'],
  risk: ['risk'],
  exec: ['exec', 'paper-venue'],
}

const catalog = {
  'weather-model': (config) =>
    bindMachine(
      {
        name: 'weather-model',
        inputTypes: weatherInputTypes,
        outputTypes: weatherOutputTypes,
        machine: weatherMachine,
      },
      config['weather-model'],
    ),
  features: (config) =>
    bindMachine(
      {
        name: 'features',
        inputTypes: featuresInputTypes,
        outputTypes: featuresOutputTypes,
        machine: featuresMachine,
      },
      config.features,
    ),
  'pmf-model': (config) =>
    bindMachine(
      {
        name: 'pmf-model',
        inputTypes: pmfInputTypes,
        outputTypes: pmfOutputTypes,
        machine: pmfMachine,
      },
      config['pmf-model'],
    ),
  forecast: (config) =>
    bindMachine(
      {
        name: 'forecast',
        inputTypes: forecastInputTypes,
        outputTypes: forecastOutputTypes,
        machine: forecastMachine,
      },
      config.forecast,
    ),
  signals: (config) =>
    bindMachine(
      {
        name: 'signals',
        inputTypes: signalsInputTypes,
        outputTypes: signalsOutputTypes,
        machine: signalsMachine,
      },
      config.signals,
    ),
  risk: (config) =>
    bindMachine(
      {
        name: 'risk',
        inputTypes: riskInputTypes,
        outputTypes: riskOutputTypes,
        machine: riskMachine,
      },
      config.risk,
    ),
  exec: (config) =>
    bindMachine(
      {
        name: 'exec',
        inputTypes: execInputTypes,
        outputTypes: execOutputTypes,
        machine: execMachine,
      },
      config.exec,
    ),
  'paper-venue': (config) =>
    bindMachine(
      {
        name: 'paper-venue',
        inputTypes: paperVenueInputTypes,
        outputTypes: paperVenueOutputTypes,
        machine: paperVenueMachine,
      },
      config['paper-venue'],
    ),
} satisfies Record<MachineName, (config: MachineConfigs) => BoundMachine>

export const isMachineName = (name: string): name is MachineName =>
  (machineNames as readonly string[]).includes(name)

/** The named machines, fresh, as one processor. */
export function buildProcessor(
  names: readonly MachineName[],
  configs: MachineConfigs,
  shard: string,
): Processor {
  return compose(
    names.map((name) => catalog[name](configs)),
    shard,
  )
}
