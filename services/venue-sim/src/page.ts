/** What is being played, for a person. It reads `/admin/status` once a second. */
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
  progress { width: 100% } #state { opacity: .75 }
</style>
<h1>Venue simulator <span id="badge"></span></h1>
<p id="source"></p>
<progress id="progress" max="1" value="0"></progress>
<p id="state"></p>
<div id="events"></div>
<script>
  const by = (id) => document.getElementById(id)
  const make = (tag, text) => Object.assign(document.createElement(tag), { textContent: text })
  const cents = (bps) => (bps / 100).toFixed(bps % 100 ? 1 : 0) + '¢'
  function row(tag, cells) {
    const line = document.createElement('tr')
    line.append(...cells.map((text) => make(tag, text)))
    return line
  }
  function show(s) {
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
