import uPlot from './vendor/uplot/uPlot.esm.js'
import { byId, element, markSynthetic, setClass, setHidden, setText } from './dom.js'
import { clock, signed, fixed } from './format.js'
import { axis, bracketEdges, color, horizontal, isTemperature, size, tzDate } from './plot.js'

const WINDOWS = [
  ['15m', 900],
  ['1h', 3_600],
  ['6h', 21_600],
  ['Day', 86_400],
]
const MINUTE = 60
const WILD_SHARE = 0.005

let windowSeconds = 3_600
let plots
let edges = []
let data = [[], [], [], [], []]

export function initChart(onWindow) {
  const group = byId('windows')
  for (const [label, seconds] of WINDOWS) {
    const button = element('button', seconds === windowSeconds ? 'selected' : '', label)
    button.type = 'button'
    button.addEventListener('click', () => {
      windowSeconds = seconds
      for (const other of group.children) setClass(other, other === button ? 'selected' : '')
      onWindow()
    })
    group.append(button)
  }
  new ResizeObserver(() => resize()).observe(byId('plot-mu').parentElement)
}

export function renderChart(event, points) {
  markSynthetic('chart', event?.isSynthetic ?? false)
  setText(byId('chart-unit'), !event ? '' : isTemperature(event) ? '°F' : 'strike units')
  setHidden(byId('chart-empty'), points.length > 0)
  edges = event ? bracketEdges(event) : []
  const lastSecond = points.at(-1)?.[0] ?? 0
  data = columns(points.filter(([second]) => second >= lastSecond - windowSeconds))
  plots ??= createPlots()
  const range = { min: Math.max(data[0][0] ?? 0, lastSecond - windowSeconds), max: lastSecond || 1 }
  plots.mu.setData([data[0], data[1]], false)
  plots.velocity.setData([data[0], data[2], data[3], data[4]], false)
  for (const plot of Object.values(plots)) plot.setScale('x', range)
  showReadout(null)
}

/** x, mu, velocity a minute, and the same one standard error up and down. */
function columns(points) {
  const perMinute = (value) => (value === null ? null : value * MINUTE)
  const around = (v, se, sign) => (v === null || se === null ? null : (v + sign * se) * MINUTE)
  return [
    points.map((point) => point[0]),
    points.map((point) => point[1]),
    points.map((point) => perMinute(point[2])),
    points.map((point) => around(point[2], point[3], 1)),
    points.map((point) => around(point[2], point[3], -1)),
  ]
}

function createPlots() {
  const sync = { key: 'kwm', setSeries: false }
  const cursor = { sync, y: false, points: { size: 5 }, drag: { x: false, y: false } }
  const hooks = { setCursor: [(plot) => showReadout(plot.cursor.idx)] }
  const base = { ...size('plot-mu'), cursor, legend: { show: false }, tzDate }
  const mu = new uPlot(
    {
      ...base,
      hooks: { ...hooks, drawAxes: [drawEdges] },
      scales: { x: { time: true }, y: { range: muRange } },
      axes: [axis({ isTime: true, isBlank: true }), axis({})],
      series: [{}, { stroke: color('--model'), width: 1.5, spanGaps: true }],
    },
    [[], []],
    byId('plot-mu'),
  )
  const velocity = new uPlot(
    {
      ...base,
      ...size('plot-velocity'),
      hooks: { ...hooks, drawAxes: [drawZero] },
      scales: { x: { time: true }, y: { range: velocityRange } },
      axes: [axis({ isTime: true }), axis({})],
      series: [
        {},
        { stroke: color('--ink'), width: 1.25 },
        { stroke: 'transparent' },
        { stroke: 'transparent' },
      ],
      bands: [{ series: [2, 3], fill: color('--band') }],
    },
    [[], [], [], []],
    byId('plot-velocity'),
  )
  return { mu, velocity }
}

function resize() {
  if (!plots) return
  plots.mu.setSize(size('plot-mu'))
  plots.velocity.setSize(size('plot-velocity'))
}

/** At least a degree high, or a thousandth of the level: noise must not look like a move. */
function muRange(_, min, max) {
  if (min === null || max === null) return [0, 1]
  const least = Math.max(1, Math.abs(max) / 1_000)
  const pad = Math.max((max - min) * 0.1, (least - (max - min)) / 2)
  return [min - pad, max + pad]
}

/** Symmetric, and without the wildest few in a thousand. */
function velocityRange() {
  const sizes = [...data[3], ...data[4]]
    .filter((value) => value !== null)
    .map(Math.abs)
    .sort((a, b) => a - b)
  const most = sizes[Math.floor((sizes.length - 1) * (1 - WILD_SHARE))] || 0.01
  return [-most * 1.15, most * 1.15]
}

function drawEdges(plot) {
  for (const edge of edges) horizontal(plot, edge, [4, 4], color('--edge'))
}

const drawZero = (plot) => horizontal(plot, 0, [], color('--edge'))

/** The values under the cursor, else the newest. */
function showReadout(index) {
  const at = index ?? data[0].length - 1
  if (at < 0 || data[0][at] === undefined) return setText(byId('chart-readout'), '')
  const [x, mu, velocity, up] = data.map((column) => column[at])
  const se = velocity === null || up === null ? '' : ` ± ${fixed(up - velocity, 3)}`
  const rate = velocity === null ? '' : `   v ${signed(velocity, 3)}${se} /min`
  return setText(byId('chart-readout'), `${clock(x * 1e6)}   μ ${fixed(mu, 2)}${rate}`)
}
