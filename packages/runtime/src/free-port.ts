import { createServer } from 'node:net'

/**
 * Below what Linux and others hand out for outgoing connections and for port 0: a port given here is
 * not taken by chance before its server listens, or while that server restarts.
 */
const FIRST = 20_000
const COUNT = 10_000
const TRIES_MAX = 200

/** Processes begin at different places; one process never gives a port twice until all were given. */
let next = (process.pid * 7_919) % COUNT

/** A port of the loopback interface nobody listens on. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const port = FIRST + next
    next = (next + 1) % COUNT
    if (await isFree(port)) return port
  }
  throw new Error(`no free port: ${TRIES_MAX} in a row up to ${FIRST + next} are taken`)
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
