import { deadLetterSubject } from '@kwm/contracts'
import type { DeadLetter, DeadLetterLog } from '@kwm/runtime'
import { AckedPublisher } from './acked-publisher.ts'
import type { Nats } from './connection.ts'
import { fixedHeaders, MESSAGE_ID } from './headers.ts'

const REASON_LENGTH_MAX = 500

/** What could not be parsed, as it came, in the stream `DLQ`; why and whence is in the headers. */
export class NatsDeadLetterLog implements DeadLetterLog {
  readonly #publisher: AckedPublisher

  constructor(nats: Nats, options: { readonly ackTimeoutMs?: number } = {}) {
    this.#publisher = new AckedPublisher(nats, options)
  }

  async append({ service, reason, subject, id, body }: DeadLetter): Promise<void> {
    const headers = fixedHeaders(
      MESSAGE_ID,
      `${service}-${id}`,
      'Kwm-Id',
      id,
      'Kwm-Subject',
      subject,
      'Kwm-Reason',
      reason.replace(/\s+/g, ' ').slice(0, REASON_LENGTH_MAX),
    )
    await this.#publisher.publish(deadLetterSubject(service), headers, body)
  }

  close(): void {
    this.#publisher.close()
  }
}
