import { describe, test } from 'vitest'
import { natsServersOrSkip } from '@kwm/adapter-nats/testing'

/** One suite for each nats-server found. None: skipped, in CI an error. */
export function onEachServer(name: string, suite: (version: string) => void): void {
  const servers = natsServersOrSkip()
  if (servers.length === 0) describe.skip(name, () => test('needs a nats-server', () => {}))
  for (const { version } of servers) describe(`${name} on ${version}`, () => suite(version))
}
