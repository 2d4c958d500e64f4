export * from './open-orders.ts'
export * from './order.ts'
