export { FakeExchange } from './fake-exchange.ts'
export { findDataDir, readRecordings, toRawFrames } from './recording.ts'
export type { RecordedFrame, Recording } from './recording.ts'
