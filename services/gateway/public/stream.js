const SILENCE_MAX_MS = 25_000
const RETRY_MS = 1_500

/**
 * Follow the gateway. The browser reconnects by itself; we do so when it gave up or when not even a
 * heartbeat came. Every connection begins with the full state, so nothing has to be caught up.
 */
export function follow(url, { onUpdate, onLink }) {
  let source
  let lastHeardMs = 0
  const heard = () => {
    lastHeardMs = performance.now()
    onLink('live')
  }
  const connect = () => {
    source?.close()
    lastHeardMs = performance.now()
    source = new EventSource(url)
    source.addEventListener('open', heard)
    source.addEventListener('beat', heard)
    source.addEventListener('message', (event) => {
      heard()
      onUpdate(JSON.parse(event.data))
    })
    source.addEventListener('error', () => onLink('lost'))
  }
  connect()
  setInterval(() => {
    const isSilent = performance.now() - lastHeardMs > SILENCE_MAX_MS
    if (isSilent) onLink('lost')
    if (isSilent || source.readyState === EventSource.CLOSED) connect()
  }, RETRY_MS)
}
