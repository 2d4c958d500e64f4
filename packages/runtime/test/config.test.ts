import { CloserStack, ConfigError, MemoryLog, parseEnvironment } from '@kwm/runtime'
import { expect, test } from 'vitest'

const schema = {
  safeParse: () => ({
    success: false as const,
    error: {
      issues: [
        { path: ['API_KEY'], message: 'too short' },
        { path: ['PORT'], message: 'a number' },
      ],
    },
  }),
}

test('a wrong setting is named with what is wanted, and a secret is not shown', () => {
  const parse = (): unknown => parseEnvironment(schema, { API_KEY: 's3cret', PORT: 'x' })
  expect(parse).toThrow(ConfigError)
  expect(parse).toThrow('API_KEY is "(hidden)": too short; PORT is "x": a number')
})

test('closers run in reverse, all of them, and the first failure is thrown', async () => {
  const order: string[] = []
  const closers = new CloserStack()
  closers.add('first', 1, () => void order.push('first'))
  closers.add('second', 2, () => {
    order.push('second')
    throw new Error('second failed')
  })
  closers.add('third', 3, () => void order.push('third'))
  await expect(closers.close()).rejects.toThrow('second failed')
  expect(order).toEqual(['third', 'second', 'first'])
})

test('the tape in memory stores an id once and is followed as it grows', async () => {
  const log = new MemoryLog('main')
  const record = (id: string) => ({
    subject: 'tape.main.ops.tick.v1.all',
    id,
    inputSeq: 0,
    body: '{}',
  })
  expect([log.appendNow(record('a')), log.appendNow(record('a'))]).toEqual([
    { seq: 1, isDuplicate: false },
    { seq: 1, isDuplicate: true },
  ])
  const stop = new AbortController()
  const seen: string[] = []
  const reading = (async () => {
    for await (const batch of log.read({ fromSeq: 1, accepts: () => true, signal: stop.signal })) {
      seen.push(...batch.records.map(({ id }) => id))
      if (seen.length === 1) log.appendNow(record('b'))
      if (seen.length === 2) stop.abort()
    }
  })()
  await reading
  expect(seen).toEqual(['a', 'b'])
})
