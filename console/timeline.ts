import { html, type Html } from '../data/html.ts'
import { percent, plot } from './plot.ts'
import type { ServiceEvent } from './service-events.ts'
import type { ServiceRecords } from './service-records.ts'
import { momentLabel, timeShare, type TimeAxis } from './time-axis.ts'
import { canarySpans, stableSpans, versionsOf, type Span } from './versions.ts'

const ROW = 24
const BAND = 16
const ROWS = ['stable', 'canary', 'alerts', 'retrains'] as const
const HEIGHT = ROW * ROWS.length

export const WIDE_LABELS = 64
const COLOURS = 6

/** Which version answered when, what was tried, and what happened, over one axis. */
export function timeline(
  records: ServiceRecords,
  { axis, events }: { readonly axis: TimeAxis; readonly events: readonly ServiceEvent[] },
): Html {
  const versions = versionsOf(records)
  const [stable, canary] = [stableSpans(records), canarySpans(records)]
  const within = events.filter(({ eventMillis }) => eventMillis >= axis.from && eventMillis <= axis.to)
  const alerts = within.filter(({ kind }) => kind === 'alert')
  const retrains = within.filter(({ kind }) => kind === 'retrain')
  return plot({
    axis,
    height: HEIGHT,
    labelsWidth: WIDE_LABELS,
    ticks: ROWS.map((label, row) => ({ label, share: 1 - (row + 0.5) / ROWS.length })),
    summary: `Versions, ${stable.length} stable in turn; ${alerts.length} alerts and ${retrains.length} retrains: a table of what happened is below`,
    stretched: [],
    marks: [
      ...stable.flatMap((span) => band(span, { axis, row: 0, versions })),
      ...canary.flatMap((span) => band(span, { axis, row: 1, versions })),
      ...alerts.map((event) => mark(event, { axis, row: 2 })),
      ...retrains.map((event) => mark(event, { axis, row: 3 })),
    ],
    isTimed: true,
  })
}

/** Of a version in the list: what gives it its colour. */
export function colourClass(version: string, versions: readonly string[]): string {
  return `v${Math.max(0, versions.indexOf(version)) % COLOURS}`
}

interface BandPlace {
  readonly axis: TimeAxis
  readonly row: number
  readonly versions: readonly string[]
}

/** Where it is wide enough its name stands in it; else it tells when pointed at. */
function band({ version, from, to, share }: Span, { axis, row, versions }: BandPlace): readonly Html[] {
  if (to < axis.from || from > axis.to) return []
  const [left, right] = [timeShare(axis, from), timeShare(axis, to)]
  const [x, y] = [percent(left), row * ROW + (ROW - BAND) / 2]
  const part = share === 1 ? '' : `, up to ${Number((100 * share).toFixed(2))} % of traffic`
  const title = `${version}${part}: ${momentLabel(Math.round(from))} to ${momentLabel(Math.round(to))}`
  const name = right - left > 0.12 ? html`<text class="name" x="${x}" dx="6" y="${y + 12}">${version}</text>` : null
  return [
    html`<g>
      <title>${title}</title>
      <rect
        class="band ${colourClass(version, versions)}"
        x="${x}"
        width="${percent(Math.max(right - left, 0.003))}"
        y="${y}"
        height="${BAND}"
        rx="3"
      />
      ${name}
    </g>`,
  ]
}

/** A triangle for an alert, a diamond for a retrain, hollow where it was declined. */
function mark(
  { kind, title, detail, eventMillis }: ServiceEvent,
  { axis, row }: { readonly axis: TimeAxis; readonly row: number },
): Html {
  const shape = kind === 'alert' ? '0,-6 6,5 -6,5' : '0,-6 6,0 0,6 -6,0'
  const look = kind === 'alert' ? 'alert' : title.includes('declined') ? 'retrain declined' : 'retrain'
  return html`<svg
    class="mark ${look}"
    x="${percent(timeShare(axis, eventMillis))}"
    y="${(row + 0.5) * ROW}"
    overflow="visible"
  >
    <title>${momentLabel(Math.round(eventMillis))}: ${title}, ${detail}</title>
    <polygon points="${shape}" />
  </svg>`
}
