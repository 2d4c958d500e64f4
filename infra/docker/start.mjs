// The entry of the image: run the service named by the first argument or by KWM_SERVICE in this
// very process, so that signals reach it.
import { existsSync, readdirSync } from 'node:fs'

const services = new URL('../../services/', import.meta.url)
const names = readdirSync(services).filter((name) =>
  existsSync(new URL(`${name}/dist/main.js`, services)),
)
const wanted = process.argv[2] ?? process.env['KWM_SERVICE']
if (!names.includes(wanted)) {
  const fault = wanted === undefined ? 'no service named' : `there is no service "${wanted}"`
  console.error(`${fault}: give one of ${names.join(', ')} as the argument or in KWM_SERVICE`)
  process.exit(2)
}
await import(new URL(`${wanted}/dist/main.js`, services).href)
