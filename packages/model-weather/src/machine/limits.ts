/** What the weather machine holds at most. What comes beyond is left out, oldest first. */
export const EVENTS_MAX = 256
export const MARKETS_PER_EVENT_MAX = 64
export const DAYS_PER_STATION_MAX = 3
export const FEEDS_PER_DAY_MAX = 16
export const WINDOWS_PER_DAY_MAX = 64
export const FORECASTS_PER_STATION_MAX = 8
export const ENSEMBLES_PER_STATION_MAX = 8
/** Events computed at one tick: what bounds the time a tick takes. */
export const EVENTS_PER_TICK_MAX = 6
