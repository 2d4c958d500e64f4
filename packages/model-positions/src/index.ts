export * from './ledger.ts'
export * from './position.ts'
