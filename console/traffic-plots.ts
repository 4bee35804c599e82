import { count, html, type Html } from '../data/html.ts'
import type { WindowRecord } from '../store/monitors.ts'
import { figure, roundFigure } from './check-words.ts'
import { hits, plot, wide, type Plot, type Told } from './plot.ts'
import { p99Of } from './service-facts.ts'
import { momentLabel, timeShare, type TimeAxis } from './time-axis.ts'
import { colourClass, WIDE_LABELS } from './timeline.ts'
import { valueScale, type ValueScale } from './value-scale.ts'

interface Steps {
  readonly windows: readonly WindowRecord[]
  readonly axis: TimeAxis
  readonly versions: readonly string[]
}

const BARS = 120
const SMALL = 56

/** Requests of each step by who answered them, those that went wrong, and how long they took. */
export function trafficPlots(steps: Steps): readonly Html[] {
  return [requestsPlot(steps), wrongPlot(steps), latencyPlot(steps)]
}

function requestsPlot({ windows, axis, versions }: Steps): Html {
  const sums = windows.map(({ counts }) => counts.answered + counts.failed)
  const scale = valueScale(sums, { label: short, start: 'zero' })
  const bars = windows.flatMap((window) =>
    stacked(
      versions.map((version) => [colourClass(version, versions), window.counts.byVersion[version] ?? 0]),
      {
        window,
        axis,
        scale,
        height: BARS,
      },
    ),
  )
  return stepPlot('Requests a step', {
    ...frameOf(axis, { height: BARS, scale }),
    summary: `Requests a step: ${range(sums, count)}`,
    stretched: bars,
    marks: hits(
      windows.map((window, index) => told(window, () => requestsTitle(window), sums[index] ?? 0)),
      { axis, height: BARS },
    ),
  })
}

/** Nothing went wrong: a sentence says so, and no plot. */
function wrongPlot({ windows, axis }: Steps): Html {
  const wrong = windows.map(({ counts }) => counts.failed + counts.refused)
  if (wrong.every((sum) => sum === 0)) return html`<p>No request failed or was refused in these windows.</p>`
  const scale = valueScale(wrong, { label: short, start: 'zero' })
  const bars = windows.flatMap((window) =>
    stacked(
      [
        ['failed', window.counts.failed],
        ['refused', window.counts.refused],
      ],
      { window, axis, scale, height: SMALL },
    ),
  )
  return stepPlot('Failed (by the service’s fault) and refused (by the caller’s)', {
    ...frameOf(axis, { height: SMALL, scale }),
    summary: `Failed and refused requests a step: ${range(wrong, count)}`,
    stretched: bars,
    marks: hits(
      windows.map((window, index) => told(window, () => wrongTitle(window), wrong[index] ?? 0)),
      { axis, height: SMALL },
    ),
  })
}

function latencyPlot({ windows, axis }: Steps): Html {
  const p99 = windows.map(({ counts }) => p99Of(counts))
  const known = p99.filter((value) => value !== null)
  const scale = valueScale(known, { label: (value) => roundFigure('drift', value), start: 'zero' })
  const bars = windows.flatMap((window, index) =>
    stacked([['latency', p99[index] ?? 0]], { window, axis, scale, height: SMALL }),
  )
  return stepPlot('Latency, 99th percentile, ms', {
    ...frameOf(axis, { height: SMALL, scale }),
    summary: `99th percentile of latency in milliseconds: ${range(known, figure)}`,
    stretched: bars,
    marks: hits(
      windows.map((window, index) => told(window, () => latencyTitle(p99[index] ?? null), p99[index] ?? 0)),
      { axis, height: SMALL },
    ),
    isTimed: true,
  })
}

function stepPlot(title: string, drawn: Plot): Html {
  return html`<figure class="plot wide">
    <figcaption>${title}</figcaption>
    ${plot(drawn)}
  </figure>`
}

function frameOf(
  axis: TimeAxis,
  { height, scale }: { readonly height: number; readonly scale: ValueScale },
): Omit<Plot, 'summary' | 'stretched' | 'marks'> {
  return { axis, height, labelsWidth: WIDE_LABELS, ticks: scale.ticks, isTimed: false }
}

interface StackPlace {
  readonly window: WindowRecord
  readonly axis: TimeAxis
  readonly scale: ValueScale
  readonly height: number
}

/** One on the other from the bottom, each with its class. */
function stacked(
  parts: readonly (readonly [string, number])[],
  { window, axis, scale, height }: StackPlace,
): readonly Html[] {
  const [left, right] = [timeShare(axis, Date.parse(window.from)), timeShare(axis, Date.parse(window.end))]
  const gap = (right - left) * 0.1
  const ends = parts.map((_, index) => parts.slice(0, index + 1).reduce((sum, [, value]) => sum + value, 0))
  return parts.flatMap(([kind, value], index) => {
    if (value === 0) return []
    const top = (1 - scale.share(ends[index] ?? 0)) * height
    const bottom = (1 - scale.share((ends[index] ?? 0) - value)) * height
    return [
      html`<rect
        class="bar ${kind}"
        x="${wide(left + gap)}"
        width="${wide(right - left - 2 * gap)}"
        y="${top.toFixed(1)}"
        height="${Math.max(bottom - top, 0.5).toFixed(1)}"
      />`,
    ]
  })
}

function told({ from, end }: WindowRecord, title: () => string, weight: number): Told {
  const step = { from: Date.parse(from), to: Date.parse(end) }
  return { step, title: () => `${momentLabel(step.from)} to ${momentLabel(step.to)}: ${title()}`, weight }
}

function wrongTitle({ counts }: WindowRecord): string {
  return `${count(counts.failed)} failed, ${count(counts.refused)} refused`
}

function latencyTitle(p99: number | null): string {
  return p99 === null ? 'no request' : `p99 ${figure(p99)} ms`
}

function requestsTitle({ counts }: WindowRecord): string {
  const parts = Object.entries(counts.byVersion).map(([version, requests]) => `${count(requests)} by ${version}`)
  return parts.length === 0 ? 'no request' : parts.join(', ')
}

function range(values: readonly number[], words: (value: number) => string): string {
  if (values.length === 0) return 'none yet'
  return `${words(Math.min(...values))} to ${words(Math.max(...values))}`
}

/** `1.2k`, `3M` */
function short(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`
  return value >= 1000 ? `${Number((value / 1000).toPrecision(3))}k` : String(Number(value.toPrecision(3)))
}
