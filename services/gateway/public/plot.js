import uPlot from './vendor/uplot/uPlot.esm.js'
import { byId } from './dom.js'
import { clock, fixed } from './format.js'

/** What the charts have in common: axes in UTC, colours of the page, lines across. */

const AXIS_WIDTH = 56

export const color = (name) =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim()

export const isTemperature = (event) => /^(KX)?(HIGH|LOW|TEMP)/.test(event?.seriesTicker ?? '')

/** Where one bracket ends and the next begins; whole degrees meet at the half. */
export function bracketEdges(event) {
  const { rows } = event
  const half = isTemperature(event) ? 0.5 : 0
  return rows.flatMap(({ capStrike, floorStrike }, index) => {
    if (index === 0) return capStrike === null ? [] : [capStrike - half]
    return floorStrike === null || index === 1
      ? []
      : [floorStrike + (index === rows.length - 1 ? half : -half)]
  })
}

export const tzDate = (seconds) => uPlot.tzDate(new Date(seconds * 1_000), 'Etc/UTC')

export function axis({ isTime = false, isBlank = false }) {
  const grid = { stroke: color('--grid'), width: 1 }
  const common = {
    stroke: color('--dim'),
    font: '11px system-ui, sans-serif',
    grid,
    ticks: { show: false },
  }
  if (!isTime) {
    const values = (_, ticks, __, ___, step) => ticks.map((tick) => axisNumber(tick, step))
    return { ...common, size: AXIS_WIDTH, space: 24, values }
  }
  const values = (_, ticks) =>
    ticks.map((second) => (isBlank ? '' : clock(second * 1e6).slice(0, 5)))
  return { ...common, size: isBlank ? 6 : 26, space: 70, values }
}

/** As many decimals as the step between ticks needs. */
const axisNumber = (value, step) => fixed(value, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)))

export function size(id) {
  const node = byId(id)
  return { width: Math.max(80, node.clientWidth), height: Math.max(60, node.clientHeight) }
}

export function horizontal(plot, value, dash, stroke) {
  const { min, max } = plot.scales.y
  if (min === null || value <= min || value >= max) return
  const { ctx, bbox } = plot
  const y = Math.round(plot.valToPos(value, 'y', true)) + 0.5
  ctx.save()
  ctx.strokeStyle = stroke
  ctx.lineWidth = devicePixelRatio
  ctx.setLineDash(dash)
  ctx.beginPath()
  ctx.moveTo(bbox.left, y)
  ctx.lineTo(bbox.left + bbox.width, y)
  ctx.stroke()
  ctx.restore()
}
