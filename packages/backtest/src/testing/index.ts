export * from './random-market.ts'
