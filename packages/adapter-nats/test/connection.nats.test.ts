import { expect, test } from 'vitest'
import { NatsError, openNats } from '@kwm/adapter-nats'
import { startNatsServer } from '@kwm/adapter-nats/testing'
import { freePort } from '@kwm/runtime'
import { onEachServer } from './on-each-server.ts'

const failure = async (url: string): Promise<NatsError> => {
  try {
    await openNats({ url, name: 'test' })
  } catch (error) {
    if (error instanceof NatsError) return error
    throw error
  }
  throw new Error('it connected')
}

test('nobody there: says where and what to do, and keeps the password to itself', async () => {
  const port = await freePort()
  const error = await failure(`nats://admin:hunter2@127.0.0.1:${port}`)
  expect(error.code).toBe('NATS_UNREACHABLE')
  expect(error.message).toContain(`127.0.0.1:${port}`)
  expect(error.message).toContain('nats-server --jetstream')
  expect(error.message).not.toMatch(/hunter2|admin/)
})

test('an address that is none', async () => {
  const error = await failure('nats://user:hunter2@:::')
  expect(error.code).toBe('NATS_URL_INVALID')
  expect(error.message).not.toContain('hunter2')
})

onEachServer('a connection', (version) => {
  test('opens by address, by several and without a scheme; tells the version', async () => {
    const server = await startNatsServer({ version })
    const addresses = [
      server.url,
      server.url.slice('nats://'.length),
      `${server.url},${server.url}`,
    ]
    for (const url of addresses) {
      const nats = await openNats({ url, name: 'test' })
      expect(nats.serverVersion.join('.')).toBe(version)
      await nats.close()
      await nats.close()
    }
    await server.stop()
  })

  test('credentials of the address are used; wrong ones are a named error', async () => {
    const server = await startNatsServer({ version, args: ['--user', 'kwm', '--pass', 'p@ss'] })
    const right = `nats://kwm:p%40ss@127.0.0.1:${server.port}`
    await (await openNats({ url: right, name: 'test' })).close()
    const error = await failure(`nats://kwm:wrong@127.0.0.1:${server.port}`)
    expect(error.code).toBe('NATS_AUTHORIZATION')
    expect(error.message).not.toContain('wrong')
    await server.stop()
  })

  test('a server without JetStream is a named error', async () => {
    const server = await startNatsServer({ version, isJetStream: false })
    expect((await failure(server.url)).code).toBe('NATS_JETSTREAM_DISABLED')
    await server.stop()
  })
})
