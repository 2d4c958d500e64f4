import { OperatingError } from '@kwm/runtime'

export type NatsErrorCode =
  | 'NATS_ACK_TIMEOUT'
  | 'NATS_APPEND_QUEUE_FULL'
  | 'NATS_APPEND_REFUSED'
  | 'NATS_AUTHORIZATION'
  | 'NATS_CLOSED'
  | 'NATS_JETSTREAM_DISABLED'
  | 'NATS_NO_STREAM'
  | 'NATS_SERVER_TOO_OLD'
  | 'NATS_SNAPSHOT_CORRUPT'
  | 'NATS_TAPE_BEHIND'
  | 'NATS_TAPE_TRIMMED'
  | 'NATS_UNREACHABLE'
  | 'NATS_URL_INVALID'

/** The broker, or the way to it, failed us. */
export class NatsError extends OperatingError {
  override readonly name = 'NatsError'
  readonly code: NatsErrorCode
  /** JetStream's own error number, where it gave one. */
  readonly jetStreamCode: number | undefined

  constructor(
    code: NatsErrorCode,
    message: string,
    { jetStreamCode, ...options }: ErrorOptions & { jetStreamCode?: number } = {},
  ) {
    super(message, options)
    this.code = code
    this.jetStreamCode = jetStreamCode
  }
}
