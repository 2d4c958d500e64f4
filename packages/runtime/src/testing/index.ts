export * from './fast-clock.ts'
export * from './virtual-clock.ts'
