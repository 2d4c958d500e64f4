/** Nothing colder or hotter was ever measured in the places we look at. */
const COLDEST_F = -80
const HOTTEST_F = 140

export const isTemperatureF = (value: number): boolean => value >= COLDEST_F && value <= HOTTEST_F

/** Tenths of °C to °F, in integers up to the last step: 144 is 57.92. */
export const tenthsCToF = (tenthsC: number): number => (tenthsC * 18 + 3_200) / 100

/** A station rounds to whole °F first and converts to tenths of °C after: this is the way back, exactly. A negative zero is zero. */
export const wholeFOfTenthsC = (tenthsC: number): number => Math.round(tenthsCToF(tenthsC)) + 0
