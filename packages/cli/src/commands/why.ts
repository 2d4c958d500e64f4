import type { TapeRecord } from '@kwm/runtime'
import type { Command } from 'commander'
import { chainOf, type ChainLink } from '../tape/causation.ts'
import { TapeFileError } from '../tape/tape-file.ts'
import { openTapeSource } from '../tape/tape-source.ts'

export function addWhyCommand(program: Command): void {
  program
    .command('why <id>')
    .description('why an order was sent: its chain of causes, back to the frame that started it')
    .option('--tape <file>', 'default: the running stack, else the last demo')
    .option('--json', 'print JSON')
    .action(why)
}

async function why(id: string, options: { tape?: string; json?: boolean }): Promise<void> {
  const source = await openTapeSource(options.tape)
  const records: TapeRecord[] = []
  for await (const record of source.records) records.push(record)
  const chain = chainOf(records, id)
  if (!chain) {
    throw new TapeFileError(
      `${id} is not on ${source.name}: give an event id or a client order id (o-…, as in the dashboard)`,
    )
  }
  if (options.json) process.stdout.write(`${JSON.stringify(chain)}\n`)
  else {
    for (const [depth, link] of chain.links.entries())
      process.stdout.write(`${line(link, depth)}\n`)
    process.stdout.write(
      `${'  '.repeat(chain.links.length)}└ frame ${chain.root} (kept as received in RAW)\n`,
    )
  }
}

function line({ seq, event }: ChainLink, depth: number): string {
  const { type, id, eventTimeUs, data } = event
  const time = new Date(eventTimeUs / 1_000).toISOString().slice(11, 23)
  const facts = Object.entries(data)
    .filter(([name, value]) => SHOWN.has(name) && value !== null)
    .map(([name, value]) => `${name}=${String(value)}`)
  return `${'  '.repeat(depth)}${depth > 0 ? '└ ' : ''}${type}  ${time}  tape ${seq}  ${id}  ${facts.join(' ')}`
}

const SHOWN = new Set([
  ...[
    'marketTicker',
    'eventTicker',
    'side',
    'priceBps',
    'countCenti',
    'countDeltaCenti',
    'strategy',
  ],
  ...[
    'reason',
    'evBps',
    'fairBps',
    'worstCaseMicros',
    'mu',
    'muVelocity',
    'trigger',
    'yesPriceBps',
  ],
  ...['takerSide', 'second', 'clientOrderId', 'feeMicros'],
])
