export * from './random-market.ts'
export * from './run-briefly.ts'
