export * from './bracket-pmf.ts'
export * from './stations.ts'
