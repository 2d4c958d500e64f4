export * from './bracket-pmf.ts'
export * from './known-facts.ts'
export * from './stations.ts'
