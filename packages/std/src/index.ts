export * from './assert.ts'
export * from './fixed-point.ts'
export * from './prng.ts'
export * from './ring-buffer.ts'
