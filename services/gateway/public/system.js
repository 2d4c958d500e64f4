import {
  byId,
  cells,
  keyed,
  markSynthetic,
  setClass,
  setHidden,
  setText,
  setTitle,
  tableHead,
} from './dom.js'
import { clock, duration, integer, NONE } from './format.js'

const FEED_COLUMNS = [
  ['Feed', 'text'],
  ['State', 'text'],
  ['Frames in', 'num'],
  ['Applied', 'num'],
  ['Dup', 'num', 'Duplicate'],
  ['Quar', 'num', 'Quarantined: understood by nobody, kept'],
  ['Rej', 'num', 'Rejected'],
  ['', 'check', 'frames in = applied + duplicate + quarantined + rejected'],
]
const SERVICE_COLUMNS = [
  ['Service', 'text'],
  ['Ready', 'text'],
  ['Since', 'num'],
  ['ms', 'num', 'Time to answer /readyz'],
  ['Started', 'time', 'Last start on the tape, UTC'],
  ['Starts', 'num'],
  ['Version', 'text'],
]
const classesOf = (columns) => columns.map(([, className]) => className)

export function initSystem() {
  tableHead(byId('feeds-head'), FEED_COLUMNS)
  tableHead(byId('services-head'), SERVICE_COLUMNS)
}

export function renderSystem({ feeds, services, startedServices }) {
  const all = [...feeds.values()]
  markSynthetic(
    'system',
    all.some((feed) => feed.isSynthetic),
  )
  setHidden(byId('feeds-empty'), all.length > 0)
  keyed(
    byId('feeds-rows'),
    all,
    (feed) => feed.feed,
    () => cells(classesOf(FEED_COLUMNS)),
    fillFeed,
  )
  const rows = mergedServices(services, startedServices)
  setHidden(byId('services-empty'), rows.length > 0)
  const watched = services.length
  const ready = services.filter((service) => service.state === 'ready').length
  setText(byId('system-meta'), watched ? `${ready} of ${watched} services ready` : '')
  setClass(byId('system-meta'), watched && ready < watched ? 'meta bad' : 'meta')
  keyed(
    byId('services-rows'),
    rows,
    (row) => row.name,
    () => cells(classesOf(SERVICE_COLUMNS)),
    fillService,
  )
}

function fillFeed(row, feed) {
  const cell = row.children
  const { framesIn, applied, duplicate, quarantined, rejected } = feed
  const isConserved = framesIn === applied + duplicate + quarantined + rejected
  setText(cell[0], feed.feed.replace(/^vc-ingest\./, ''))
  setTitle(cell[0], `${feed.feed}: connection ${feed.connectionId}, as of ${clock(feed.timeUs)}`)
  setText(cell[1], feed.status)
  setTitle(cell[1], feed.reason)
  setClass(cell[1], `text ${feed.status === 'live' ? 'ok' : 'bad'}`)
  const counts = [framesIn, applied, duplicate, quarantined, rejected]
  for (const [index, count] of counts.entries()) setText(cell[2 + index], integer(count))
  setClass(cell[5], quarantined > 0 ? 'num warn-text' : 'num')
  setClass(cell[6], rejected > 0 ? 'num warn-text' : 'num')
  setText(cell[7], isConserved ? '= ✓' : '≠ ✕')
  setClass(cell[7], isConserved ? 'check ok' : 'check bad')
  setTitle(
    cell[7],
    isConserved ? 'Every frame is accounted for' : 'Frames are missing from the counts',
  )
}

/** Those we poll, then those only the tape knows. */
function mergedServices(services, startedServices) {
  const polled = services.map((health) => ({
    ...health,
    started: startedServices.get(health.name),
  }))
  const names = new Set(services.map((health) => health.name))
  const others = [...startedServices.values()]
    .filter((started) => !names.has(started.service))
    .map((started) => ({ name: started.service, state: null, started }))
  return [...polled, ...others]
}

const STATE_TEXT = {
  ready: ['ready', 'ok'],
  'not-ready': ['not ready', 'warn-text'],
  unreachable: ['unreachable', 'bad'],
  unknown: ['asking…', 'dim'],
}

function fillService(row, { name, state, sinceUs, latencyMs, started }) {
  const cell = row.children
  const [text, kind] = STATE_TEXT[state] ?? ['not polled', 'dim']
  setText(cell[0], name)
  setTitle(cell[0], started ? started.machines.join(', ') : '')
  setText(cell[1], text)
  setClass(cell[1], `text ${kind}`)
  setText(cell[2], sinceUs ? duration(Date.now() * 1_000 - sinceUs) : NONE)
  setText(cell[3], integer(latencyMs))
  setText(cell[4], started ? clock(started.timeUs) : NONE)
  setText(cell[5], integer(started?.starts))
  setText(cell[6], started?.version || NONE)
}
