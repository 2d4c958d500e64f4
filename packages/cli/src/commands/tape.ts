import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ensureStreams, NatsEventLog, openNats } from '@kwm/adapter-nats'
import type { AnyEvent } from '@kwm/contracts'
import { decodeRecord, isMachineName } from '@kwm/machines'
import type { Command } from 'commander'
import { findStack, stateDir } from '../stack/run-dir.ts'
import { TapeFileError, readTapeFile, writeTapeFile } from '../tape/tape-file.ts'
import { openTapeSource, readLive } from '../tape/tape-source.ts'
import { TapeTally } from '../tape/tape-tally.ts'
import { say } from '../terminal.ts'

type TapeOptions = { readonly json?: boolean; readonly nats?: string; readonly shard: string }

export function addTapeCommand(program: Command): void {
  const tape = program.command('tape').description('tapes in files and in the running stack')
  tape
    .command('ls')
    .description('tape files of this checkout, and the tape of the running stack')
    .option('--json', 'print JSON')
    .action(listTapes)
  tape
    .command('record <file>')
    .description('copy the tape of the running stack into a file')
    .option('--nats <url>', 'of another NATS server')
    .option('--shard <name>', 'which tape', 'demo')
    .action(recordTape)
  tape
    .command('import <file>')
    .description('put a tape file onto an empty tape of a NATS server')
    .requiredOption('--nats <url>', 'the server')
    .option('--shard <name>', 'which tape', 'imported')
    .action(importTape)
  tape
    .command('verify [file]')
    .description('check a tape: order, identity, schemas, causes, conservation')
    .option('--json', 'print JSON')
    .action(verifyTape)
}

async function listTapes(options: TapeOptions): Promise<void> {
  const root = join(stateDir(), 'demo')
  let names: string[] = []
  try {
    names = readdirSync(root).filter((name) => name !== 'last')
  } catch {
    names = []
  }
  const files = names
    .map((name) => join(root, name, 'tape.ndjson.gz'))
    .flatMap((path) => {
      const stat = statSync(path, { throwIfNoEntry: false })
      return stat ? [{ path, bytes: stat.size, modified: stat.mtime.toISOString() }] : []
    })
  const stack = await findStack()
  const running = stack ? { nats: stack.natsUrl, shard: stack.shard } : null
  if (options.json) process.stdout.write(`${JSON.stringify({ files, running })}\n`)
  else {
    for (const { path, bytes, modified } of files) {
      process.stdout.write(`${modified}  ${(bytes / 1e6).toFixed(1).padStart(7)} MB  ${path}\n`)
    }
    if (running) process.stdout.write(`running: shard ${running.shard} at ${running.nats}\n`)
    if (files.length === 0 && !running) say('no tapes yet: run `make demo`')
  }
}

async function recordTape(file: string, options: TapeOptions): Promise<void> {
  const stack = await findStack()
  const natsUrl = options.nats ?? stack?.natsUrl
  if (!natsUrl) throw new TapeFileError('no stack is up: name a server with --nats URL')
  const shard = options.nats ? options.shard : stack!.shard
  const tally = new TapeTally()
  const records = []
  for await (const record of readLive(natsUrl, shard)) {
    tally.add(record)
    records.push(record)
  }
  const { isSynthetic } = tally.result()
  await writeTapeFile(file, { shard, isSynthetic }, records)
  say(`${records.length.toLocaleString('en-US')} records in ${file}`)
}

async function importTape(file: string, options: TapeOptions): Promise<void> {
  const { header, records } = await readTapeFile(file)
  if (header.shard !== options.shard) {
    throw new TapeFileError(
      `${file} is a tape of shard ${header.shard}: import it with --shard ${header.shard}`,
    )
  }
  const nats = await openNats({ url: options.nats!, name: 'kwm' })
  try {
    await ensureStreams(nats, { shard: options.shard })
    const log = new NatsEventLog(nats, { shard: options.shard })
    if ((await log.lastSeq()) > 0)
      throw new TapeFileError(`the tape of shard ${options.shard} is not empty`)
    let last: Promise<unknown> = Promise.resolve()
    let count = 0
    for await (const record of records) {
      last = log.append(record)
      if (++count % 1_000 === 0) await last
    }
    await last
    say(`${count.toLocaleString('en-US')} records on the tape of shard ${options.shard}`)
  } finally {
    await nats.close()
  }
}

async function verifyTape(file: string | undefined, options: TapeOptions): Promise<void> {
  const source = await openTapeSource(file)
  const tally = new TapeTally()
  const ids = new Set<string>()
  const faults: string[] = []
  const fault = (text: string): void => {
    if (faults.length < FAULTS_SHOWN_MAX) faults.push(text)
  }
  let lastSeq = 0
  for await (const record of source.records) {
    tally.add(record)
    if (record.seq !== lastSeq + 1) fault(`record ${record.seq} follows ${lastSeq}`)
    lastSeq = record.seq
    if (ids.has(record.id)) fault(`${record.id} is on the tape twice, again at ${record.seq}`)
    try {
      const event = decodeRecord(record)
      if (!hasCause(event, ids))
        fault(`${record.id} at ${record.seq}: its cause ${event.causationId} is not before it`)
    } catch (error) {
      fault(`${record.seq}: ${(error as Error).message}`)
    }
    ids.add(record.id)
  }
  const { records, isConserved } = tally.result()
  if (!isConserved) fault('frames in is not applied + duplicate + quarantined + rejected')
  const isSound = faults.length === 0
  if (options.json)
    process.stdout.write(`${JSON.stringify({ tape: source.name, records, isSound, faults })}\n`)
  else {
    process.stdout.write(
      `${source.name}: ${records.toLocaleString('en-US')} records, ${isSound ? 'sound' : 'NOT SOUND'}\n`,
    )
    for (const text of faults) process.stdout.write(`  ${text}\n`)
  }
  process.exitCode = isSound ? 0 : 1
}

const FAULTS_SHOWN_MAX = 20

/** What a machine says must have its cause before it; the cause of an outside event is not here. */
function hasCause(event: AnyEvent, ids: ReadonlySet<string>): boolean {
  const maker = event.id.split(/-\d+-/)[0] ?? ''
  return !isMachineName(maker) || ids.has(event.causationId)
}
