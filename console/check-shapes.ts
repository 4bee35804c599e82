import { html, type Html } from '../data/html.ts'
import type { CheckPoint, CheckSeries } from './check-series.ts'
import { wantsMore } from './check-words.ts'
import { percent, up, wide } from './plot.ts'
import { timeShare, type TimeAxis } from './time-axis.ts'
import type { ValueScale } from './value-scale.ts'
import type { Span } from './versions.ts'

/** Of a check's plot, in pixels. */
export const HEIGHT = 112

interface Drawing {
  readonly axis: TimeAxis
  readonly scale: ValueScale
}

/** The side of the bound that no value should be on, and the bound as its edge. */
export function beyond({ last, points }: CheckSeries, { axis, scale }: Drawing): Html {
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
export function lines(points: readonly CheckPoint[], { axis, scale }: Drawing): readonly Html[] {
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

export function dots({ check, step }: CheckPoint, { axis, scale }: Drawing): readonly Html[] {
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

/** Where another version became the stable one: what is compared with is another from there on. */
export function change({ from }: Span, axis: TimeAxis): readonly Html[] {
  if (from < axis.from || from > axis.to) return []
  const x = percent(timeShare(axis, from))
  return [html`<line class="change" x1="${x}" x2="${x}" y1="0" y2="${HEIGHT}" />`]
}

function middle({ from, to }: TimeAxis, axis: TimeAxis): number {
  return timeShare(axis, (from + to) / 2)
}
