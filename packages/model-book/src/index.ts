export * from './bracket-ladder.ts'
export * from './book-features.ts'
export * from './depth.ts'
export * from './order-book.ts'
