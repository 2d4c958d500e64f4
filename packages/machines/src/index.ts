export * from './bound-machine.ts'
export * from './exec-machine.ts'
export * from './machine-catalog.ts'
export * from './paper-venue/paper-venue-machine.ts'
