import { describe, expect, test } from 'vitest'
import { natsServersOrSkip } from '@kwm/adapter-nats/testing'

/** One suite for each nats-server found. None: skipped, in CI an error. */
export function onEachServer(name: string, suite: (version: string) => void): void {
  const servers = natsServersOrSkip()
  test.skipIf(servers.length === 0)(`${name}: there is a nats-server to test on`, () => {
    expect(servers).not.toEqual([])
  })
  for (const { version } of servers) {
    describe(`${name} on ${version}`, () => {
      suite(version)
    })
  }
}
