import { count, html, type Html } from '../data/html.ts'
import type { WindowCheck, WindowRecord } from '../store/monitors.ts'
import { boundWords, checkFigure, checkKey, checkName, roundFigure, shortName, wantsMore } from './check-words.ts'
import { hits, percent, plot, up, wide, type Told } from './plot.ts'
import { momentLabel, timeShare, type TimeAxis } from './time-axis.ts'
import { valueScale, type ValueScale } from './value-scale.ts'

/** One check over all windows. */
export interface CheckSeries {
  readonly points: readonly CheckPoint[]
  /** Of the newest window that has it. */
  readonly last: WindowCheck
}

interface CheckPoint {
  readonly check: WindowCheck
  /** Of the window's step, event time in milliseconds. */
  readonly step: TimeAxis
}

/** The checks of the newest window, each with what it was before: alerts first, then breaches, then what is nearest its bound. */
export function seriesOf(windows: readonly WindowRecord[]): readonly CheckSeries[] {
  const byCheck = new Map<string, CheckPoint[]>()
  for (const { from, end, checks } of windows) {
    const step = { from: Date.parse(from), to: Date.parse(end) }
    for (const check of checks) {
      const key = checkKey(check)
      const points = byCheck.get(key) ?? []
      points.push({ check, step })
      byCheck.set(key, points)
    }
  }
  const checks = windows.at(-1)?.checks ?? []
  return checks
    .map((last) => ({ last, points: byCheck.get(checkKey(last)) ?? [] }))
    .toSorted((one, other) => urgency(other.last) - urgency(one.last))
}

function urgency({ alert, state, value, bound, ...named }: WindowCheck): number {
  if (value === null) return -1
  const nearness = wantsMore(named) ? bound / (value || 1) : value / (bound || 1)
  return (alert ? 2e6 : 0) + (state === 'breach' ? 1e6 : 0) + Math.min(nearness, 1e5)
}

const HEIGHT = 112
const LABELS = 52

export function checkPlot(series: CheckSeries, axis: TimeAxis): Html {
  const { last, points } = series
  const values = points.flatMap(({ check }) => check.value ?? [])
  const bound = Math.max(...points.map((point) => point.check.bound))
  const scale = valueScale(values, {
    label: (value) => roundFigure(last.kind, value),
    start: last.kind === 'quality' ? 'near' : 'any',
    bound,
  })
  const state = last.alert ? 'alert' : last.state
  return html`<figure class="plot">
    <figcaption>
      <strong>${shortName(last)}</strong>
      <span class="result ${TONE[state]}"
        >${checkFigure(last.kind, last.value)}${state === 'within' ? '' : `, ${state}`}</span
      >
      <div class="facts">${boundWords(last, last.bound)}${scale.isLog ? ', log scale' : ''}</div>
    </figcaption>
    ${plot({
      axis,
      height: HEIGHT,
      labelsWidth: LABELS,
      ticks: scale.ticks,
      summary: summaryOf(series, values),
      stretched: [beyond(series, { axis, scale }), ...lines(points, { axis, scale })],
      marks: [
        ...points.flatMap((point) => dots(point, { axis, scale })),
        ...hits(points.map(told), { axis, height: HEIGHT }),
      ],
      isTimed: true,
    })}
  </figure>`
}

const TONE = { alert: 'fail', breach: 'fail', within: 'pass', wait: 'waits' } as const

function summaryOf({ last, points }: CheckSeries, values: readonly number[]): string {
  const name = `${checkName(last)}, wanted ${boundWords(last, last.bound)}`
  if (values.length === 0) return `${name}: no value in ${points.length} windows`
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => checkFigure(last.kind, value))
  return `${name}: ${low ?? ''} to ${high ?? ''} in ${points.length} windows, last ${checkFigure(last.kind, last.value)}`
}

interface Drawing {
  readonly axis: TimeAxis
  readonly scale: ValueScale
}

/** The side of the bound that no value should be on, and the bound as its edge. */
function beyond({ last, points }: CheckSeries, { axis, scale }: Drawing): Html {
  const edge = points.flatMap(({ check, step }) => {
    const y = up(scale.share(check.bound), HEIGHT)
    return [`${wide(timeShare(axis, step.from))},${y}`, `${wide(timeShare(axis, step.to))},${y}`]
  })
  const [first, end] = [
    timeShare(axis, points[0]?.step.from ?? axis.from),
    timeShare(axis, points.at(-1)?.step.to ?? axis.to),
  ]
  const far = wantsMore(last) ? HEIGHT : 0
  return html`<polygon class="beyond" points="${wide(first)},${far} ${edge.join(' ')} ${wide(end)},${far}" />
    <polyline class="bound" points="${edge.join(' ')}" />`
}

/** A line for each stretch of windows that have a value; of one alone a line to itself, which is drawn as a dot. */
function lines(points: readonly CheckPoint[], { axis, scale }: Drawing): readonly Html[] {
  const stretches: string[][] = [[]]
  for (const { check, step } of points) {
    if (check.value === null) stretches.push([])
    else stretches.at(-1)?.push(`${wide(middle(step, axis))},${up(scale.share(check.value), HEIGHT)}`)
  }
  return stretches
    .filter((stretch) => stretch.length > 0)
    .map((stretch) => stretch.concat(stretch.length === 1 ? stretch : []))
    .map((stretch) => html`<polyline class="curve" points="${stretch.join(' ')}" />`)
}

function dots({ check, step }: CheckPoint, { axis, scale }: Drawing): readonly Html[] {
  if (check.state !== 'breach' || check.value === null) return []
  const kind = check.alert ? 'dot alert' : 'dot breach'
  return [
    html`<circle
      class="${kind}"
      cx="${percent(middle(step, axis))}"
      cy="${up(scale.share(check.value), HEIGHT)}"
      r="3"
    />`,
  ]
}

function middle({ from, to }: TimeAxis, axis: TimeAxis): number {
  return timeShare(axis, (from + to) / 2)
}

function told(point: CheckPoint): Told {
  return { step: point.step, title: () => titleOf(point), weight: urgency(point.check) }
}

/** `window to 3 May 2001: 0.24, at most 0.21; 12,345 rows; breach, 2 in a row` */
function titleOf({ check, step }: CheckPoint): string {
  const { kind, value, bound, rows, state, breaches, alert } = check
  const found = `${checkFigure(kind, value)}, ${boundWords(check, bound)}; ${count(rows)} rows`
  const streak = breaches > 1 ? `, ${breaches} in a row` : ''
  return `window to ${momentLabel(step.to)}: ${found}; ${alert ? 'alert' : state}${streak}`
}
