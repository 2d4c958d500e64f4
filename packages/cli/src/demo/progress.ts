import { SingleBar } from 'cli-progress'

export type Progress = {
  /** `fraction` in [0, 1]; `note` is short. */
  update(fraction: number, note: string): void
  stop(): void
}

/** A bar on a terminal, a line every tenth elsewhere. */
export function startProgress(): Progress {
  if (!process.stderr.isTTY) return startLines()
  const bar = new SingleBar({
    format: '  {bar} {percentage}%  {note}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: false,
    stream: process.stderr,
  })
  bar.start(1_000, 0, { note: '' })
  return {
    update: (fraction, note) => bar.update(Math.round(fraction * 1_000), { note }),
    stop: () => bar.stop(),
  }
}

function startLines(): Progress {
  let tenth = -1
  return {
    update(fraction, note) {
      const now = Math.floor(fraction * 10)
      if (now <= tenth) return
      tenth = now
      process.stderr.write(`  ${String(now * 10).padStart(3)} %  ${note}\n`)
    },
    stop: () => undefined,
  }
}
