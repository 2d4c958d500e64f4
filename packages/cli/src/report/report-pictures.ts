/** Points of one thing that was said against what came true; `low` and `high` are its interval. */
export type AgreementPoint = {
  readonly x: number
  readonly y: number
  readonly low?: number
  readonly high?: number
}

/** A picture of a page. An agreement lies on the diagonal where what was said came true. */
export type Picture = {
  readonly title: string
  readonly xLabel: string
  readonly yLabel: string
} & (
  | {
      readonly kind: 'agreement'
      readonly range: readonly [number, number]
      readonly series: readonly {
        readonly name: string
        readonly points: readonly AgreementPoint[]
      }[]
    }
  | {
      readonly kind: 'path'
      /** One value a place on the x axis, and the names of the first and the last place. */
      readonly values: readonly number[]
      readonly ends: readonly [string, string]
    }
)

const BOX = { width: 330, height: 300, left: 52, top: 10, right: 12, foot: 40 }
const INNER = {
  width: BOX.width - BOX.left - BOX.right,
  height: BOX.height - BOX.top - BOX.foot,
}
const TICKS = 5

type Axis = { readonly from: number; readonly to: number }

const xAt = ({ from, to }: Axis, value: number): number =>
  BOX.left + ((value - from) / (to - from)) * INNER.width
const yAt = ({ from, to }: Axis, value: number): number =>
  BOX.top + INNER.height - ((value - from) / (to - from)) * INNER.height

/** The pictures of a section side by side, as many as fit. */
export const picturesOf = (
  pictures: readonly Picture[],
  escape: (text: string) => string,
): string => `<div class="pictures">${pictures.map((one) => figure(one, escape)).join('')}</div>`

function figure(picture: Picture, escape: (text: string) => string): string {
  const { width, height } = BOX
  const inner = picture.kind === 'agreement' ? agreement(picture, escape) : path(picture, escape)
  const middle = BOX.left + INNER.width / 2
  const side = BOX.top + INNER.height / 2
  const labels =
    `<text class="label" text-anchor="middle" x="${middle}" y="${height - 6}">${escape(picture.xLabel)}</text>` +
    `<text class="label" text-anchor="middle" transform="translate(12 ${side}) rotate(-90)">${escape(picture.yLabel)}</text>`
  return `<figure><figcaption>${escape(picture.title)}</figcaption><svg role="img" aria-label="${escape(picture.title)}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${inner}${labels}</svg></figure>`
}

function agreement(
  { range, series }: Extract<Picture, { kind: 'agreement' }>,
  escape: (text: string) => string,
): string {
  const axis: Axis = { from: range[0], to: range[1] }
  const clamp = (value: number): number => Math.min(axis.to, Math.max(axis.from, value))
  const ticks = tickValues(axis).map((value) => {
    const [x, y] = [xAt(axis, value), yAt(axis, value)]
    return gridLine(y) + tickLabels(value, x, y)
  })
  const diagonal = `<line class="even" x1="${xAt(axis, axis.from)}" y1="${yAt(axis, axis.from)}" x2="${xAt(axis, axis.to)}" y2="${yAt(axis, axis.to)}"/>`
  const drawn = series.map(({ name, points }, i) => {
    const marks = points.map(({ x, y, low, high }) => {
      const [px, py] = [xAt(axis, clamp(x)).toFixed(1), yAt(axis, clamp(y)).toFixed(1)]
      const bar =
        low === undefined || high === undefined
          ? ''
          : `<line class="s${i}" x1="${px}" x2="${px}" y1="${yAt(axis, clamp(low)).toFixed(1)}" y2="${yAt(axis, clamp(high)).toFixed(1)}"/>`
      return {
        at: `${px},${py}`,
        svg: `${bar}<circle class="s${i}" cx="${px}" cy="${py}" r="3.5"/>`,
      }
    })
    const line = `<polyline class="s${i}" points="${marks.map(({ at }) => at).join(' ')}"/>`
    const y = BOX.top + 14 + 16 * i
    const key = `<circle class="s${i}" cx="${BOX.left + 12}" cy="${y - 4}" r="3.5"/><text x="${BOX.left + 20}" y="${y}">${escape(name)}</text>`
    return line + marks.map(({ svg }) => svg).join('') + key
  })
  return ticks.join('') + diagonal + drawn.join('')
}

function path(
  { values, ends }: Extract<Picture, { kind: 'path' }>,
  escape: (text: string) => string,
): string {
  const low = Math.min(0, ...values)
  const high = Math.max(0, ...values)
  const room = (high - low || 1) * 0.05
  const axis: Axis = { from: low - room, to: high + room }
  const across: Axis = { from: 0, to: Math.max(1, values.length - 1) }
  const ticks = tickValues(axis).map((value) => {
    const y = yAt(axis, value)
    return gridLine(y) + tickLabels(value, null, y)
  })
  const points = values.map((v, i) => `${xAt(across, i).toFixed(1)},${yAt(axis, v).toFixed(1)}`)
  const zero = yAt(axis, 0).toFixed(1)
  const foot = BOX.top + INNER.height + 14
  return `${ticks.join('')}<line class="even" x1="${BOX.left}" x2="${BOX.left + INNER.width}" y1="${zero}" y2="${zero}"/><polyline class="s1" points="${points.join(' ')}"/><text x="${BOX.left}" y="${foot}">${escape(ends[0])}</text><text text-anchor="end" x="${BOX.left + INNER.width}" y="${foot}">${escape(ends[1])}</text>`
}

const gridLine = (y: number): string =>
  `<line class="grid" x1="${BOX.left}" x2="${BOX.left + INNER.width}" y1="${y.toFixed(1)}" y2="${y.toFixed(1)}"/>`

function tickLabels(value: number, x: number | null, y: number): string {
  const text = String(Number(value.toPrecision(3)))
  const below =
    x === null
      ? ''
      : `<text text-anchor="middle" x="${x.toFixed(1)}" y="${BOX.top + INNER.height + 14}">${text}</text>`
  return `${below}<text text-anchor="end" x="${BOX.left - 5}" y="${(y + 4).toFixed(1)}">${text}</text>`
}

/** Round numbers, about five of them. */
function tickValues({ from, to }: Axis): readonly number[] {
  const rough = (to - from) / TICKS
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10)
  const first = Math.ceil(from / step - 1e-9)
  const last = Math.floor(to / step + 1e-9)
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step)
}
