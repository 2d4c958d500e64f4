/** A line for the person at the terminal; what a program reads goes to stdout alone. */
export const say = (line: string): void => void process.stderr.write(`${line}\n`)

/** What a program reads. Waits until all of it is handed over: `main` exits at once, and a pipe is slow. */
export const print = (text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()))
  })

/** Aborts at the first Ctrl-C or SIGTERM. A second one ends the process at once. */
export function interruption(): AbortSignal {
  const stop = new AbortController()
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(130)
    stop.abort()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return stop.signal
}

export const untilInterrupted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    const alive = setInterval(() => undefined, 60_000) // Nothing else may be keeping us up.
    signal.addEventListener(
      'abort',
      () => {
        clearInterval(alive)
        resolve()
      },
      { once: true },
    )
  })
