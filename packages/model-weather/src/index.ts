export * from './bracket-pmf.ts'
