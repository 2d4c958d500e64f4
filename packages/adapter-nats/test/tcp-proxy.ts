import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export type TcpProxy = {
  readonly url: string
  /** Reset every connection through the proxy; new ones are taken. */
  cut(): void
  /** While held, answers of the server go nowhere, and are lost. */
  hold(isHeld: boolean): void
  close(): Promise<void>
}

/** The network between a client and a server, to be broken on purpose. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let isHolding = false
  const server = createServer((client) => {
    const upstream = connect(targetPort, '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.pipe(upstream)
    upstream.on('data', (bytes) => {
      if (!isHolding) client.write(bytes)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  return {
    url: `nats://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    hold(isHeld) {
      isHolding = isHeld
    },
    async close() {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
