import { html, type Html } from '../data/html.ts'
import { timeShare, timeTicks, type Tick, type TimeAxis } from './time-axis.ts'

/**
 * A plot over event time. Across it goes by shares of its width, which only the reader's window knows; up and down by
 * pixels. So text stays as large as text, whatever the window.
 */
export interface Plot {
  readonly axis: TimeAxis
  /** Of what is plotted, in pixels. */
  readonly height: number
  /** Of the column with the values' labels, in pixels. */
  readonly labelsWidth: number
  readonly ticks: readonly Tick[]
  /** For those who do not see it. */
  readonly summary: string
  /** Below the grid: shapes in a square of WIDE by `height` that is stretched. */
  readonly stretched: readonly Html[]
  /** Over them: at `across` and pixels. */
  readonly marks: readonly Html[]
  /** Whether labels of the time axis stand below. */
  readonly isTimed: boolean
}

/** How wide a stretched shape's coordinates are. */
const WIDE = 1000
const TIME_LABELS = 20

export function plot({ axis, height, labelsWidth, ticks, summary, stretched, marks, isTimed }: Plot): Html {
  const whole = height + (isTimed ? TIME_LABELS : 6)
  const times = timeTicks(axis)
  return html`<div class="frame">
    <svg class="labels" width="${labelsWidth}" height="${whole}" aria-hidden="true">
      ${ticks.map(({ share, label }) => html`<text x="${labelsWidth - 6}" y="${up(share, height) + 4}" text-anchor="end">${label}</text>`)}
    </svg>
    <svg class="area" height="${whole}" role="img" aria-label="${summary}">
      ${ticks.map(({ share }) => html`<line class="grid" x1="0" x2="100%" y1="${up(share, height)}" y2="${up(share, height)}" />`)}
      ${times.map(({ share }) => html`<line class="grid" x1="${percent(share)}" x2="${percent(share)}" y1="0" y2="${height}" />`)}
      <svg width="100%" height="${height}" viewBox="0 0 ${WIDE} ${height}" preserveAspectRatio="none">${stretched}</svg>
      ${marks} ${isTimed ? times.map((tick, index) => timeLabel(tick, { index, height })) : null}
    </svg>
  </div>`
}

function timeLabel(
  { share, label }: Tick,
  { index, height }: { readonly index: number; readonly height: number },
): Html {
  const anchor = share > 0.95 ? 'end' : share < 0.02 ? 'start' : 'middle'
  // Every other one goes where it is narrow.
  const kind = index % 2 === 0 ? 'time' : 'time odd'
  return html`<text class="${kind}" x="${percent(share)}" y="${height + 15}" text-anchor="${anchor}">${label}</text>`
}

/** A stretch of event time of which something is told when it is pointed at. */
export interface Told {
  readonly step: TimeAxis
  /** Made only for those that are told. */
  readonly title: () => string
  /** Of neighbours that share an area the one with the most is told. */
  readonly weight: number
}

const MOST_AREAS = 120

/** Areas from top to bottom; where steps are many, several share one. */
export function hits(
  told: readonly Told[],
  { axis, height }: { readonly axis: TimeAxis; readonly height: number },
): readonly Html[] {
  const shared = Math.ceil(told.length / MOST_AREAS)
  const areas = Array.from({ length: Math.ceil(told.length / Math.max(1, shared)) }, (_, index) =>
    told.slice(index * shared, (index + 1) * shared),
  )
  return areas.map((steps) => {
    const most = steps.reduce((one, other) => (other.weight > one.weight ? other : one))
    const [left, right] = [timeShare(axis, steps[0]?.step.from ?? 0), timeShare(axis, steps.at(-1)?.step.to ?? 0)]
    return html`<rect class="hit" x="${percent(left)}" width="${percent(right - left)}" y="0" height="${height}"
      ><title>${most.title()}</title></rect
    >`
  })
}

export function percent(share: number): string {
  return `${Number((100 * share).toFixed(2))}%`
}

/** Pixels from the top. */
export function up(share: number, height: number): number {
  return Number(((1 - share) * height).toFixed(1))
}

/** Of a stretched shape. */
export function wide(share: number): number {
  return Number((share * WIDE).toFixed(1))
}
