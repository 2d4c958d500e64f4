export * from './causality/corrupt-weather.ts'
export * from './causality/find-leaks.ts'
export * from './platform.ts'
