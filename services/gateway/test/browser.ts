import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'

const LAUNCH_TIMEOUT_MS = 50_000
const ARGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  // Where /dev/shm is small, as in containers, pages crash in it.
  '--disable-dev-shm-usage',
]

/**
 * Chromium without a window; undefined, with a message, where there is none or it cannot start: that
 * is the machine's matter and no fault of the page.
 */
export async function browserOrSkip(): Promise<Browser | undefined> {
  const named = process.env['CHROMIUM_PATH']
  const places = named ? [named] : ['/usr/bin/chromium', '/usr/bin/chromium-browser']
  const executablePath = places.find((path) => existsSync(path))
  try {
    if (!executablePath) throw new Error(`there is none at ${places.join(' or ')}`)
    const options = { executablePath, headless: true, args: ARGS, timeout: LAUNCH_TIMEOUT_MS }
    return await chromium.launch(options)
  } catch (error) {
    const [why] = (error as Error).message.split('\n')
    process.stderr.write(
      `SKIPPED, the page is not tested without Chromium: ${why} (apt-get install chromium, or CHROMIUM_PATH)\n`,
    )
    return undefined
  }
}
