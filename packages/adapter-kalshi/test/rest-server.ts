import { constants, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Seen = {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
  readonly localPort: number
}
export type Reply = (seen: Seen, response: ServerResponse) => void

export const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}): Reply =>
  (_seen, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
export const cut: Reply = (_seen, response) => response.destroy()
export const silent: Reply = () => undefined

/** A server on the loopback that answers from a list; the last reply stays. */
export class RestServer {
  replies: Reply[] = []
  readonly seen: Seen[] = []
  readonly ports = new Set<number>()
  connectionsMost = 0
  readonly #server: Server
  #connections = 0

  private constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response))
    this.#server.on('connection', (socket) => {
      this.connectionsMost = Math.max(this.connectionsMost, ++this.#connections)
      socket.on('close', () => this.#connections--)
    })
  }

  static async open(): Promise<RestServer> {
    const server = new RestServer()
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve))
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/trade-api/v2`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      const { method = '', url = '', headers, socket } = request
      const seen = { method, url, headers, body, localPort: socket.remotePort! }
      this.seen.push(seen)
      this.ports.add(seen.localPort)
      const reply = this.replies.length > 1 ? this.replies.shift()! : this.replies[0]!
      reply(seen, response)
    })
  }
}

/** As the venue checks it, from the request alone and the public half of the key. */
export function isSigned({ method, url, headers }: Seen, publicKey: KeyObject): boolean {
  const path = url.split('?')[0]!
  const data = Buffer.from(`${String(headers['kalshi-access-timestamp'])}${method}${path}`)
  const signature = Buffer.from(String(headers['kalshi-access-signature']), 'base64')
  if (publicKey.asymmetricKeyType === 'ed25519') return verify(null, data, publicKey, signature)
  const key = { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  return verify('sha256', data, key, signature)
}
