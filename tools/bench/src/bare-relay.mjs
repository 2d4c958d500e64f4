// One hop with nothing in it: what arrives on a subject of the stream goes out on the next, as it came.
// Reads the whole stream and skips by subject, as the services do on nats-server 2.9.
import { openNats } from '@kwm/adapter-nats'

const { NATS_URL: url, STREAM: stream, FROM: from, TO: to } = process.env
const nats = await openNats({ url, name: `bare-${from}` })
const inbox = `_INBOX.bare-${from}`
nats.connection.subscribe(`${inbox}.ack`, { callback: () => {} })
nats.connection.subscribe(`${inbox}.in`, {
  callback: (_, msg) => {
    if (msg.subject === from) {
      nats.connection.publish(to, msg.data, { reply: `${inbox}.ack` })
    }
  },
})
await nats.manager.consumers.add(stream, {
  deliver_subject: `${inbox}.in`,
  deliver_policy: 'new',
  ack_policy: 'none',
  mem_storage: true,
})
process.send?.('ready')
