import type { MachineName } from '@kwm/contracts'
import { machineNames, SHARD_PATTERN } from '@kwm/contracts'
import {
  defaultParams,
  leaderFollower as leaderFollowerStrategy,
  signalsConfig,
  type SignalsConfig,
} from '@kwm/model-signals'
import { defaultTurbulence } from '@kwm/model-weather'
import { z } from 'zod'
import {
  defaultMachineConfigs,
  isMachineName,
  serviceMachines,
  type MachineConfigs,
} from './machine-catalog.ts'

const defaults = defaultMachineConfigs
const leaderFollower = defaultParams(leaderFollowerStrategy.params)
const positive = (fallback: number) => z.coerce.number().positive().default(fallback)
const positiveInt = (fallback: number) => z.coerce.number().int().positive().default(fallback)

/** The settings every service process has. `defaultPort` is its own. */
export const hostSettings = (defaultPort: number) => ({
  NATS_URL: z.string().min(1).default('nats://127.0.0.1:4222'),
  SHARD: z
    .string()
    .regex(SHARD_PATTERN, 'a shard name has letters, digits, dashes and underscores only')
    .default('main'),
  HTTP_HOST: z.string().min(1).default('127.0.0.1'),
  HTTP_PORT: z.coerce.number().int().min(0).max(65_535).default(defaultPort),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
})

const machineList = z
  .string()
  .transform((text) => text.split(',').map((name) => name.trim()))
  .refine((names) => names.every(isMachineName), {
    message: `a comma list of ${machineNames.join(', ')}`,
  })

/** Strategies whose orders are sent; the others run in shadow. `none` for none. */
const allocated = z
  .string()
  .default(defaults.signals.allocated.join(','))
  .transform((text, context): readonly string[] => {
    const names = text === 'none' ? [] : text.split(',').map((name) => name.trim())
    const result = signalsConfig({ allocated: names })
    if (!result.ok) context.addIssue({ code: 'custom', message: result.fault })
    return names
  })

/** JSON: parameters by strategy, `{"migration":{"velocityTMin":4}}`. */
const strategyParams = z
  .string()
  .default('{}')
  .transform((text, context): Readonly<Record<string, Readonly<Record<string, number>>>> => {
    const params = parseJson(text)
    const isObject = typeof params === 'object' && params !== null && !Array.isArray(params)
    const result = isObject
      ? signalsConfig({ params: params as Record<string, unknown> })
      : { ok: false as const, fault: 'JSON is wanted, like {"migration":{"velocityTMin":4}}' }
    if (!result.ok) context.addIssue({ code: 'custom', message: result.fault })
    return params as Record<string, Record<string, number>>
  })

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The settings of the machines. One set for all, so that any of them can be composed in a process. */
const machineSettings = {
  /** Compose these machines in this process instead of the service's own. */
  SERVICES: machineList.optional(),
  SNAPSHOT_EVERY_RECORDS: positiveInt(20_000),
  WEATHER_REFRESH_SECONDS: positiveInt(defaults['weather-model'].refreshIntervalUs / 1e6),
  WEATHER_ENSEMBLE_WEIGHT: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(defaults['weather-model'].ensembleWeight),
  /** Above 0: turbulence of this deviation in sunshine hours, by drawn paths instead of the chain. */
  WEATHER_TURBULENCE_SD_F: z.coerce.number().min(0).max(5).default(0),
  KINEMATICS_HALF_LIFE_MS: positiveInt(defaults.features.kinematicsHalfLifeUs / 1_000),
  FEATURES_FRAME_INTERVAL_MS: positiveInt(defaults.features.frameIntervalUs / 1_000),
  PMF_METHOD: z
    .enum(['filter', 'particles', 'dirichlet', 'log-pool'])
    .default(defaults['pmf-model'].method),
  PMF_WEATHER_TRUST: z.coerce.number().min(0).max(1).default(defaults['pmf-model'].weatherTrust),
  PMF_WEATHER_STALE_MINUTES: positive(defaults['pmf-model'].weatherStaleUs / 60e6),
  SIGNALS_ALLOCATED: allocated,
  SIGNALS_PARAMS: strategyParams,
  SIGNALS_EDGE_MIN_BPS: positive(leaderFollower.edgeMinBps),
  SIGNALS_LEADER_VELOCITY_T_MIN: positive(leaderFollower.leaderVelocityTMin),
  SIGNALS_FOLLOWER_VELOCITY_T_MAX: positive(leaderFollower.followerVelocityTMax),
  SIGNALS_ORDER_CONTRACTS: positive(leaderFollower.orderCenti / 100),
  SIGNALS_ORDER_TTL_SECONDS: positiveInt(leaderFollower.ttlUs / 1e6),
  SIGNALS_COOLDOWN_SECONDS: positive(leaderFollower.cooldownUs / 1e6),
  RISK_EVENT_WORST_LOSS_MAX_USD: positive(defaults.risk.eventWorstLossMaxMicros / 1e6),
  RISK_ACCOUNT_WORST_LOSS_MAX_USD: positive(defaults.risk.accountWorstLossMaxMicros / 1e6),
  RISK_DAILY_LOSS_MAX_USD: positive(defaults.risk.dailyLossMaxMicros / 1e6),
  RISK_ORDER_COST_MAX_USD: positive(defaults.risk.orderCostMaxMicros / 1e6),
  RISK_OPEN_ORDERS_MAX: positiveInt(defaults.risk.openOrdersMax),
  RISK_FINAL_WINDOW_MINUTES: positive(defaults.risk.finalWindowUs / 60e6),
  TRADING_MODE: z
    .literal('paper', { error: 'only paper is available: this version sends no order to a venue' })
    .default('paper'),
  EXEC_PAPER_LATENCY_MS: positiveInt(defaults['paper-venue'].latencyUs / 1_000),
}

export const machineServiceSchema = (defaultPort: number) =>
  z.object({ ...hostSettings(defaultPort), ...machineSettings })
export type MachineServiceSettings = z.infer<ReturnType<typeof machineServiceSchema>>

/** The machines a service is to host, by `SERVICES` or its own name. */
export const machinesOf = (
  service: string,
  settings: MachineServiceSettings,
): readonly MachineName[] =>
  (settings.SERVICES as readonly MachineName[] | undefined) ?? serviceMachines[service] ?? []

export function machineConfigsOf(settings: MachineServiceSettings): MachineConfigs {
  const kinematicsHalfLifeUs = settings.KINEMATICS_HALF_LIFE_MS * 1_000
  return {
    'weather-model': {
      ...defaults['weather-model'],
      refreshIntervalUs: settings.WEATHER_REFRESH_SECONDS * 1_000_000,
      ensembleWeight: settings.WEATHER_ENSEMBLE_WEIGHT,
      turbulence:
        settings.WEATHER_TURBULENCE_SD_F > 0
          ? { ...defaultTurbulence, sdF: settings.WEATHER_TURBULENCE_SD_F }
          : null,
    },
    features: {
      ...defaults.features,
      kinematicsHalfLifeUs,
      frameIntervalUs: settings.FEATURES_FRAME_INTERVAL_MS * 1_000,
    },
    'pmf-model': {
      ...defaults['pmf-model'],
      kinematicsHalfLifeUs,
      method: settings.PMF_METHOD,
      weatherTrust: settings.PMF_WEATHER_TRUST,
      weatherStaleUs: Math.round(settings.PMF_WEATHER_STALE_MINUTES * 60e6),
    },
    forecast: defaults.forecast,
    signals: signalsConfigOf(settings),
    risk: {
      ...defaults.risk,
      eventWorstLossMaxMicros: micros(settings.RISK_EVENT_WORST_LOSS_MAX_USD),
      accountWorstLossMaxMicros: micros(settings.RISK_ACCOUNT_WORST_LOSS_MAX_USD),
      dailyLossMaxMicros: micros(settings.RISK_DAILY_LOSS_MAX_USD),
      orderCostMaxMicros: micros(settings.RISK_ORDER_COST_MAX_USD),
      openOrdersMax: settings.RISK_OPEN_ORDERS_MAX,
      finalWindowUs: Math.round(settings.RISK_FINAL_WINDOW_MINUTES * 60e6),
    },
    exec: { mode: settings.TRADING_MODE },
    'paper-venue': {
      ...defaults['paper-venue'],
      latencyUs: settings.EXEC_PAPER_LATENCY_MS * 1_000,
    },
  }
}

/** What `SIGNALS_PARAMS` says of leader and follower stands before its own settings. */
function signalsConfigOf(settings: MachineServiceSettings): SignalsConfig {
  const own = {
    edgeMinBps: settings.SIGNALS_EDGE_MIN_BPS,
    leaderVelocityTMin: settings.SIGNALS_LEADER_VELOCITY_T_MIN,
    followerVelocityTMax: settings.SIGNALS_FOLLOWER_VELOCITY_T_MAX,
    orderCenti: Math.round(settings.SIGNALS_ORDER_CONTRACTS * 100),
    ttlUs: settings.SIGNALS_ORDER_TTL_SECONDS * 1_000_000,
    cooldownUs: Math.round(settings.SIGNALS_COOLDOWN_SECONDS * 1_000_000),
  }
  const given = settings.SIGNALS_PARAMS
  const result = signalsConfig({
    allocated: settings.SIGNALS_ALLOCATED,
    params: { ...given, 'leader-follower': { ...own, ...given['leader-follower'] } },
  })
  if (!result.ok) throw new Error(`SIGNALS_*: ${result.fault}`)
  return result.config
}

const micros = (usd: number): number => Math.round(usd * 1e6)
