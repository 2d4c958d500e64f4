import uPlot from './vendor/uplot/uPlot.esm.js'
import { byId, element, keyed, markSynthetic, setHidden, setText, setTitle } from './dom.js'
import { clock, duration, fixed, percent } from './format.js'
import { axis, bracketEdges, color, horizontal, size, tzDate } from './plot.js'

const DAY_SECONDS = 86_400
const MARGIN_F = 2

let plot
let edges = []
let hardLower = null

/** The station of an event: its readings against the forecast, and what a new high would be worth. */
export function renderWeather(event, state) {
  markSynthetic('weather', event?.isSynthetic ?? false)
  const weather = event?.weather
  const station = state.stations.get(weather?.stationId)
  setText(byId('weather-station'), weather?.stationId ?? '')
  setHidden(byId('weather-empty'), Boolean(station))
  if (!station) setText(byId('weather-empty'), missing(event))
  renderNumbers(weather, station, state.status.eventTimeUs)
  const toSecond = (event?.closeTimeUs ?? 0) / 1e6
  const inDay = ([second]) => second > toSecond - DAY_SECONDS && second <= toSecond
  const exact = (state.readings.get(`${weather?.stationId} exact`) ?? []).filter(inDay)
  const smooth = (state.readings.get(`${weather?.stationId} smooth`) ?? []).filter(inDay)
  const forecast = (station?.forecast?.points ?? []).filter(inDay)
  edges = event ? bracketEdges(event) : []
  hardLower = weather?.hardLowerF ?? null
  plot ??= createPlot()
  plot.setData(joined([exact, smooth, forecast]), false)
  plot.setScale('x', { min: toSecond - DAY_SECONDS, max: toSecond || 1 })
}

function missing(event) {
  if (!event?.weather) return 'No weather model speaks of this event (pmf.weather-pmf).'
  return `Waiting for readings of ${event.weather.stationId} (wx.observation).`
}

function renderNumbers(weather, station, nowUs) {
  const latest = station?.latest
  const age = latest ? `${duration(nowUs - latest.timeUs)} ago` : ''
  const numbers = [
    ['Now', latest ? `${fixed(latest.tempF, 1)} °F` : '·', `${latest?.source ?? ''} ${age}`],
    ['High', orDot(weather?.hardLowerF, (f) => `≥ ${f} °F`), 'Certain: whole degrees'],
    ['New high 15m', chance(weather?.hazard15min), ''],
    ['60m', chance(weather?.hazard60min), ''],
    ['Today', chance(weather?.probabilityOfNewHigh), ''],
  ]
  keyed(
    byId('weather-numbers'),
    numbers,
    ([name]) => name,
    ([name]) => {
      const node = element('div')
      node.append(element('dt', '', name), element('dd'))
      return node
    },
    (node, [, value, title]) => {
      setText(node.lastChild, value)
      setTitle(node, title)
    },
  )
  const blocked = weather?.blockedReason
  const meta = byId('weather-meta')
  setText(meta, blocked ? `no PMF: ${blocked}` : weather ? weather.basis : '')
  setTitle(meta, latest ? `newest reading ${clock(latest.timeUs)} from ${latest.source}` : '')
}

const orDot = (value, text) => (value === null || value === undefined ? '·' : text(value))
const chance = (p) => orDot(p, () => `${percent(p, 0)} %`)

/** Lines over one axis of time: a line has nothing where another has a point. */
function joined(lines) {
  const seconds = [...new Set(lines.flatMap((line) => line.map(([second]) => second)))]
  seconds.sort((a, b) => a - b)
  const place = new Map(seconds.map((second, index) => [second, index]))
  const columns = lines.map((line) => {
    const column = Array(seconds.length).fill(undefined)
    for (const [second, value] of line) column[place.get(second)] = value
    return column
  })
  return [seconds, ...columns]
}

function createPlot() {
  const line = (stroke, more) => ({ stroke, spanGaps: true, points: { show: false }, ...more })
  const made = new uPlot(
    {
      ...size('plot-weather'),
      tzDate,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false } },
      hooks: { drawAxes: [drawLevels] },
      scales: { x: { time: true }, y: { range } },
      axes: [axis({ isTime: true }), axis({})],
      series: [
        {},
        line(color('--up'), { width: 0, points: { show: true, size: 5, fill: color('--up') } }),
        line(color('--model'), { width: 1.5 }),
        line(color('--dim'), { width: 1, dash: [6, 4] }),
      ],
    },
    [[], [], [], []],
    byId('plot-weather'),
  )
  new ResizeObserver(() => made.setSize(size('plot-weather'))).observe(byId('plot-weather'))
  return made
}

const range = (_, min, max) => (min === null ? [0, 1] : [min - MARGIN_F, max + MARGIN_F])

function drawLevels(chart) {
  for (const edge of edges) horizontal(chart, edge, [4, 4], color('--edge'))
  if (hardLower !== null) horizontal(chart, hardLower, [], color('--warn'))
}
