export * from './arbitrage.ts'
export * from './market-pmf.ts'
export * from './step.ts'
