import { byId, element, setHidden, setText } from './dom.js'
import { clock, duration } from './format.js'

const ORIGINS = {
  'raw-frame': ['raw frame', 'kept byte for byte in the RAW stream'],
  clock: ['the clock', 'time is an event: nothing lies behind a tick'],
  operator: ['an operator', 'asked for by hand'],
  'not-found': ['beyond reach', 'no longer on the tape, or too far back'],
  unparsable: ['unreadable', 'a record of another version of the contracts'],
}

/**
 * `getOrder(key)`: the order a link belongs to, for its life above the chain.
 * `getOpportunity(order)`: the evaluation that led to it.
 */
export function initWhy({ getOrder, getOpportunity }) {
  document.addEventListener('click', (event) => {
    const link = event.target.closest('[data-why]')
    if (!link) return
    const order = getOrder(link.dataset.order)
    void show(link.dataset.why, order && [decidedBy(getOpportunity(order)), ...order.stages], order)
  })
  byId('why-close').addEventListener('click', hide)
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') hide()
  })
}

const hide = () => setHidden(byId('why'), true)

async function show(id, stages, order) {
  const body = byId('why-body')
  setHidden(byId('why'), false)
  setText(byId('why-meta'), id)
  body.replaceChildren(
    ...(stages ? [lifeOf(stages.filter(Boolean), order)] : []),
    element('p', 'empty', 'Reading the tape…'),
  )
  const answer = await fetch(`/api/why/${encodeURIComponent(id)}`).then(
    async (response) => (response.ok ? response.json() : response.json().then(fail)),
    (error) => ({ error: String(error) }),
  )
  if (byId('why-meta').textContent !== id) return // Another was asked for meanwhile.
  body.lastChild.replaceWith(answer.links ? chain(answer) : element('p', 'empty bad', answer.error))
}

const fail = ({ error }) => ({ error })

const decidedBy = (opportunity) =>
  opportunity && {
    stage: 'opportunity',
    id: opportunity.id,
    timeUs: opportunity.timeUs,
    detail: opportunity.strategy,
  }

function lifeOf(stages, order) {
  const list = element('ol', 'life')
  for (const stage of stages) {
    const item = element('li')
    const link = element('button', 'why-link', stage.stage)
    link.type = 'button'
    link.dataset.why = stage.id
    link.dataset.order = order.key
    item.append(
      element('time', '', clock(stage.timeUs)),
      link,
      element('span', 'dim', stage.detail),
    )
    list.append(item)
  }
  const section = element('section')
  section.append(element('h3', '', 'Life of the order'), list)
  return section
}

function chain({ links, origin }) {
  const section = element('section')
  const list = element('ol', 'chain')
  for (const [index, link] of links.entries()) list.append(chainItem(link, links[index - 1]))
  const [name, says] = ORIGINS[origin.kind]
  const end = element('li', `origin ${origin.kind}`)
  end.append(element('strong', '', name), element('code', '', origin.id), element('p', 'dim', says))
  list.append(end)
  section.append(element('h3', '', 'Caused by, back to the start'), list)
  return section
}

function chainItem({ event, seq, maker }, effect) {
  const item = element('li')
  const head = element('div', 'chain-head')
  head.append(
    element('strong', '', event.type.replace(/\.v\d+$/, '')),
    element('span', 'dim', `#${seq}`),
    element('time', '', clock(event.eventTimeUs)),
  )
  const madeBy = maker ? `made by ${maker}` : 'from outside'
  const gapUs = effect ? effect.event.ingestTimeUs - event.ingestTimeUs : 0
  const gap = gapUs > 0 ? `, ${duration(gapUs)} before its effect` : ''
  const details = element('details')
  details.append(
    element('summary', '', summaryOf(event)),
    element('pre', '', JSON.stringify(event.data, null, 2)),
  )
  item.append(head, element('code', '', event.id), element('p', 'dim', madeBy + gap), details)
  return item
}

/** One line of the fields a reader looks for first. */
function summaryOf({ data }) {
  const fields = [
    'marketTicker',
    'eventTicker',
    'strategy',
    'decision',
    'reason',
    'side',
    'priceBps',
    'countCenti',
    'countDeltaCenti',
    'trigger',
    'mu',
    'evBps',
    'mode',
  ]
  const found = fields.filter(
    (field) => (data[field] ?? '') !== '' && !(field === 'eventTicker' && data.marketTicker),
  )
  const short = (value) => (typeof value === 'number' ? Number(value.toPrecision(6)) : value)
  return (
    found
      .slice(0, 5)
      .map((field) => `${field} ${short(data[field])}`)
      .join(' · ') || 'data'
  )
}
