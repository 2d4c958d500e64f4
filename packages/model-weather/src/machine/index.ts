export {
  defaultTurbulence,
  defaultWeatherConfig,
  WEATHER_MODEL_VERSION,
  type WeatherConfig,
} from './weather-config.ts'
export { weatherInputTypes, weatherMachine, weatherOutputTypes, type WeatherInput } from './step.ts'
export type { WeatherSnapshot, WeatherState } from './weather-state.ts'
