import { count, html, type Html } from '../data/html.ts'
import { urgency, type CheckPoint, type CheckSeries } from './check-series.ts'
import { beyond, change, dots, HEIGHT, lines } from './check-shapes.ts'
import { boundWords, checkFigure, checkName, roundFigure, shortName } from './check-words.ts'
import { hits, plot, type Told } from './plot.ts'
import { momentLabel, type TimeAxis } from './time-axis.ts'
import { valueScale } from './value-scale.ts'
import type { Span } from './versions.ts'

const LABELS = 52

/** A check over event time: its values, its bound and what is beyond it, where it was broken and where the model changed. */
export function checkPlot(
  series: CheckSeries,
  { axis, spans }: { readonly axis: TimeAxis; readonly spans: readonly Span[] },
): Html {
  const { last, points } = series
  const values = points.flatMap(({ check }) => check.value ?? [])
  const bounds = points.map(({ check }) => check.bound)
  const label = (value: number): string => roundFigure(last.kind, value)
  const scale =
    last.kind === 'quality'
      ? valueScale([...values, ...bounds], { label, start: 'near' })
      : valueScale(values, { label, start: 'any', bound: Math.max(...bounds) })
  const state = last.alert ? 'alert' : last.state
  return html`<figure class="plot">
    <figcaption>
      <strong>${last.kind === 'drift' || last.kind === 'quality' ? shortName(last) : checkName(last)}</strong>
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
        ...spans.slice(1).flatMap((span) => change(span, axis)),
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
