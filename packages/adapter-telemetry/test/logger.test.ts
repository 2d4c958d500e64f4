import { expect, test } from 'vitest'
import { createLogger } from '@kwm/adapter-telemetry'
import { toOneLine } from '../src/logger.ts'

function capture(level?: string) {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  return { lines, log: createLogger('risk', { destination, ...(level && { level }) }) }
}

test('one JSON line with the service, the level by name and an ISO time', () => {
  const { lines, log } = capture()
  log.info({ tapeSeq: 12 }, 'ready')
  log.debug('not at this level')
  expect(lines.length).toBe(1)
  const { time, ...rest } = JSON.parse(lines[0]!) as Record<string, unknown>
  expect(rest).toMatchObject({ level: 'info', service: 'risk', msg: 'ready', tapeSeq: 12 })
  expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/)
})

test('secrets are redacted by name at any depth, in errors, and in addresses anywhere', () => {
  const { lines, log } = capture()
  const headers = {
    'KALSHI-ACCESS-KEY': 's3cret',
    'KALSHI-ACCESS-SIGNATURE': 's3cret',
    Authorization: 's3cret',
    accept: 'json',
  }
  const cause = Object.assign(new Error('GET https://bob:s3cret@host/x failed'), {
    request: { headers },
  })
  log.warn(
    { a: [{ b: { apiKey: 's3cret', privateKeyPem: 's3cret', botToken: 's3cret' } }] },
    'deep',
  )
  log.error({ err: cause, config: { headers } }, 'to nats://kwm:s3cret@host:4222')
  log.info({ pem: '-----BEGIN RSA PRIVATE KEY-----\ns3cret\n-----END RSA PRIVATE KEY-----' }, 'key')
  log.info({ url: 'https://api.telegram.org/bot12345:s3cret-x/sendMessage' }, 'telegram')
  log.info({ bytes: Buffer.from('s3cret') }, 'bytes')
  log.child({ password: 's3cret' }).info('child')
  for (const line of lines) expect(line).not.toContain('s3cret')
  expect(lines.length).toBe(6)
  expect(lines[1]).toContain('"accept":"json"')
  expect(lines[1]).toContain('host:4222')
  expect(lines[1]).toContain('failed')
  for (const line of lines) expect(() => JSON.parse(line)).not.toThrow()
})

test('a terminal gets one short line, and the stack of an error', () => {
  const { lines, log } = capture()
  log.info({ records: 12 }, 'caught up')
  log.error({ err: new Error('boom') }, 'failed')
  expect(toOneLine(lines[0]!)).toMatch(/^\d\d:\d\d:\d\d info {2}risk: caught up records=12$/)
  expect(toOneLine(lines[1]!)).toMatch(/error risk: failed\nError: boom\n/)
})
