import { byId, setClass, setHidden, setText, setTitle } from './dom.js'
import { clock, day, dollars, duration, integer, signClass, signedDollars } from './format.js'

export function renderHeader({ status, gateway, feeds, events }, link) {
  setText(byId('shard'), gateway.shard)
  renderMode(status.mode)
  renderTrading(status, events)
  renderLink(link, gateway, status)
  renderTape(status, gateway)
  renderFeed(status, feeds)
  renderMoney(status.money)
  setHidden(byId('synthetic'), !status.isSynthetic)
}

/** Paper is calm; anything that moves money is not. */
function renderMode(mode) {
  setText(byId('mode'), mode.toUpperCase())
  setClass(byId('mode'), `badge mode mode-${mode}`)
  document.body.dataset.mode = mode
}

function renderTrading({ halt, tapeSeq }, events) {
  const badge = byId('trading')
  const isOver = events.size > 0 && [...events.values()].every((event) => event.isFinished)
  if (halt.pending) {
    setText(badge, halt.pending === 'halt' ? 'HALT REQUESTED' : 'RESUME REQUESTED')
    setClass(badge, 'badge warn')
  } else if (halt.isHalted) {
    setText(badge, 'HALTED')
    setClass(badge, 'badge alarm')
  } else if (tapeSeq === 0) {
    setText(badge, 'NO DATA YET')
    setClass(badge, 'badge calm')
  } else if (isOver) {
    setText(badge, 'FINISHED')
    setClass(badge, 'badge calm')
  } else {
    setText(badge, 'TRADING')
    setClass(badge, 'badge calm')
  }
  const { reason, requestedBy, sinceUs } = halt
  setTitle(badge, halt.isHalted ? `${reason} (${requestedBy}, ${clock(sinceUs)})` : '')
}

function renderLink(link, gateway, status) {
  const badge = byId('link')
  const notice = byId('notice')
  if (link === 'lost') {
    setText(badge, 'LINK LOST')
    setClass(badge, 'badge alarm')
    setText(notice, 'Connection to the gateway lost. The numbers below are frozen; reconnecting…')
  } else if (gateway.isCaughtUp) {
    setText(badge, 'LINK OK')
    setClass(badge, 'badge calm')
    setText(notice, noticeText(status))
  } else {
    const done = gateway.headSeq > 0 ? Math.floor((100 * status.tapeSeq) / gateway.headSeq) : 0
    setText(badge, `READING ${done}%`)
    setClass(badge, 'badge warn')
    setText(notice, '')
  }
  setHidden(notice, notice.textContent === '')
  setClass(notice, link === 'lost' ? 'notice alarm' : 'notice')
  document.body.classList.toggle('frozen', link === 'lost')
}

const noticeText = ({ halt, unparsable }) => {
  if (halt.isHalted) return `Trading is halted: ${halt.reason} (${halt.requestedBy}).`
  if (unparsable > 0) return `${integer(unparsable)} records of the tape could not be parsed.`
  return ''
}

function renderTape({ tapeSeq, eventTimeUs, tickSource }, { headSeq }) {
  setText(byId('clock'), eventTimeUs ? `${day(eventTimeUs)} ${clock(eventTimeUs)}` : '–')
  setText(byId('clock-label'), tickSource === 'tape' ? 'Simulated time UTC' : 'Event time UTC')
  setText(byId('tape'), `#${integer(tapeSeq)}`)
  setTitle(byId('tape'), `read to ${tapeSeq} of ${headSeq}`)
}

const STALE_AFTER_US = 30e6

function renderFeed({ eventTimeUs, lastFrameTimeUs }, feeds) {
  const states = [...feeds.values()].map((feed) => feed.status)
  const worst = ['disconnected', 'stale', 'live'].find((state) => states.includes(state))
  setText(byId('feed'), worst?.toUpperCase() ?? 'NONE YET')
  setClass(byId('feed'), worst === 'live' ? 'ok' : worst ? 'bad' : 'dim')
  const ageUs = lastFrameTimeUs ? eventTimeUs - lastFrameTimeUs : null
  setText(byId('frame-age'), duration(ageUs))
  setClass(byId('frame-age'), ageUs !== null && ageUs > STALE_AFTER_US ? 'bad' : '')
}

function renderMoney(money) {
  const total = money.pnlMicros + money.unrealizedPnlMicros
  const open = byId('unrealized')
  setText(byId('realized'), signedDollars(money.realizedPnlMicros))
  setClass(byId('realized'), signClass(money.realizedPnlMicros))
  setText(open, signedDollars(money.unrealizedPnlMicros) + (money.unmarked ? '*' : ''))
  setClass(open, signClass(money.unrealizedPnlMicros))
  setTitle(open, money.unmarked ? `${money.unmarked} positions have no mark` : '')
  setText(byId('fees'), dollars(money.feesMicros))
  setText(byId('pnl'), signedDollars(total))
  setClass(byId('pnl'), signClass(total))
  const title = `${signedDollars(total)} · KWM`
  if (document.title !== title) document.title = title
}
