/** What is played and what rests in it, and the faults a person may bring about. Reads `/admin/status` once a second. */
export const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Venue simulator</title>
<style>
  :root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
  body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
  h1 { font-size: 1.2rem } h2 { font-size: 1rem; margin: 1.5rem 0 .3rem }
  #badge { font-weight: 800; padding: .1rem .5rem; border-radius: .3rem; color: #fff }
  .synthetic { background: #b3261e } .recorded { background: #2e6b34 }
  table { border-collapse: collapse; width: 100% }
  td, th { text-align: right; padding: .15rem .5rem; border-bottom: 1px solid #8884;
    font-variant-numeric: tabular-nums }
  td:first-child, th:first-child { text-align: left }
  progress { width: 100% } #state, #said { opacity: .75 }
  nav { display: flex; flex-wrap: wrap; gap: .3rem; align-items: center; margin: .3rem 0 }
  button, input, select { font: inherit; padding: .1rem .6rem } input { width: 5rem }
</style>
<h1>Venue simulator <span id="badge"></span></h1>
<p id="source"></p>
<progress id="progress" max="1" value="0"></progress>
<p id="state"></p>
<nav><button id="play">Start</button><label>Speed <input id="speed" type="number" min="1" value="1"></label></nav>
<h2>Faults</h2>
<nav id="faults"></nav>
<nav><label>Market <select id="ticker"><option value="">the first</option></select></label>
  <label>Frames <input id="count" type="number" min="1" max="1000" value="1"></label>
  <label>Milliseconds <input id="duration" type="number" min="1" max="600000" value="3000"></label>
  <span id="said"></span></nav>
<div id="events"></div>
<h2>Orders of the clients that rest</h2>
<table id="orders"></table>
<script>
  const by = (id) => document.getElementById(id)
  const make = (tag, text) => Object.assign(document.createElement(tag), { textContent: text })
  const cents = (bps) => (bps / 100).toFixed(bps % 100 ? 1 : 0) + '¢'
  function row(tag, cells) {
    const line = document.createElement('tr')
    line.append(...cells.map((text) => make(tag, text)))
    return line
  }
  async function tell(path, body) {
    const answer = await fetch('/admin/' + path, { method: 'POST', body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' } })
    return { isOk: answer.ok, ...(await answer.json()) }
  }
  async function bring(kind) {
    const { isOk, error, connections } = await tell('fault', { kind, count: +by('count').value,
      durationMs: +by('duration').value, ticker: by('ticker').value || undefined })
    by('said').textContent = kind + ': ' + (isOk ? 'done to ' + connections + ' connection' +
      (connections === 1 ? '' : 's') : error ?? 'nobody is connected whom it could reach')
  }
  let isPlaying = false
  by('play').onclick = () => tell(isPlaying ? 'pause' : 'start', {}).then(show)
  by('speed').onchange = () => tell('speed', { speed: +by('speed').value })
  function showControls(s) {
    isPlaying = s.playing
    by('play').textContent = s.playing ? 'Pause' : 'Start'
    if (document.activeElement !== by('speed')) by('speed').value = s.speed
    if (by('faults').childElementCount > 0) return
    by('faults').append(...s.faults.map((kind) =>
      Object.assign(make('button', kind), { onclick: () => bring(kind) })))
    by('ticker').append(...s.events.flatMap(({ markets }) => markets.map((m) =>
      Object.assign(make('option', m.ticker), { value: m.ticker }))))
  }
  function showOrders(orders) {
    const lines = orders.map((o) => row('td', [o.ticker, o.side, cents(o.yesPriceBps),
      (o.remainingCenti / 100).toString(), (o.filledCenti / 100).toString(), o.clientOrderId, '#' + o.account]))
    const head = ['Market', 'Side', 'YES price', 'Resting', 'Filled', 'Client order id', 'Account']
    by('orders').replaceChildren(row('th', lines.length ? head : ['none']), ...lines)
  }
  function show(s) {
    showControls(s)
    showOrders(s.orders)
    by('badge').textContent = s.synthetic ? 'SYNTHETIC' : 'RECORDED'
    by('badge').className = s.synthetic ? 'synthetic' : 'recorded'
    by('source').textContent = s.source + (s.sizes === 'nominal' ? ' (sizes are nominal)' : '')
    by('progress').value = s.progress
    const state = s.finished ? 'finished' : s.playing ? 'playing' : s.startedAt ? 'paused' : 'waiting'
    by('state').textContent = state + ' · ' + s.simTime + ' · ' + s.speed + '× · ' +
      s.connections + ' clients · ' + s.framesSent.toLocaleString('en') + ' frames sent'
    by('events').replaceChildren(...s.events.flatMap((event) => {
      const table = document.createElement('table')
      table.append(row('th', ['Market', 'Bid', 'Ask', 'Last', 'Status']))
      for (const m of event.markets) {
        table.append(row('td', [m.label + '  ' + m.ticker,
          m.yesBidBps ? cents(m.yesBidBps) : '–', m.yesAskBps < 10000 ? cents(m.yesAskBps) : '–',
          m.lastPriceBps ? cents(m.lastPriceBps) : '–', m.result ? m.status + ': ' + m.result : m.status]))
      }
      return [make('h2', event.title), table]
    }))
  }
  async function refresh() {
    try { show(await (await fetch('/admin/status')).json()) }
    catch { by('state').textContent = 'no answer from the simulator' }
    setTimeout(refresh, 1000)
  }
  refresh()
</script>
</html>
`
