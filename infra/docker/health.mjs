// Exit code 0 when the service in this container says it is alive.
const url = `http://127.0.0.1:${process.env['HTTP_PORT']}/livez`
const answer = await fetch(url, { signal: AbortSignal.timeout(2_500) }).catch((error) => error)
if (!answer.ok) console.error(`${url}: ${answer.status ?? answer.message}`)
process.exitCode = answer.ok ? 0 : 1
