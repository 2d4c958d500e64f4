/** The most the dashboard remembers of anything. The tape keeps the rest. */
export const EVENTS_MAX = 32
export const STATIONS_MAX = 32
export const POSITIONS_MAX = 1_024
export const ORDERS_MAX = 400
export const STAGES_MAX = 24
export const TRADE_OPPORTUNITIES_MAX = 200
export const NO_TRADE_OPPORTUNITIES_MAX = 200
export const REASONS_MAX = 48
export const FEEDS_MAX = 32
export const STARTED_SERVICES_MAX = 64

/** The centre of mass: the last half hour by the second, the last day by the minute. */
export const FINE_POINTS_MAX = 1_800
export const COARSE_POINTS_MAX = 1_440
