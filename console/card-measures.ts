import { count, html, type Html } from '../data/html.ts'
import { number, range } from '../data/numbers.ts'
import { directionOf } from '../dsl/metrics.ts'
import { boundText } from '../stats/gates.ts'
import type { Declared, ModelCard } from './model-card.ts'
import { section, table } from './page-frame.ts'

export function metricsSection({ version, evidence }: ModelCard): Html {
  const rows = Object.entries(version.metrics).map(([metric, value]) => [
    metric,
    number(value),
    range(evidence?.intervals?.[metric] ?? undefined),
    `${directionOf(metric)} is better`,
  ])
  const on = evidence?.rows === undefined ? 'rows' : `${count(evidence.rows)} rows`
  const head = [
    { title: 'metric' },
    { title: 'value', isNumber: true },
    { title: '95 % interval', isNumber: true },
    { title: 'direction' },
  ]
  return section(
    'How good it is',
    html`<p>On ${on} that training has not seen.</p>
      ${table(head, rows)}`,
  )
}

export function gatesSection({ evidence }: ModelCard): Html {
  const gates = evidence?.gates ?? []
  if (gates.length === 0) return section('Gates', html`<p>Its report has no gates.</p>`)
  const rows = gates.map(({ name, bound, value, passed }) => [
    name,
    boundText(bound),
    value === null ? 'nothing to compare with' : number(value),
    html`<span class="result ${passed ? 'pass' : 'fail'}">${passed ? 'pass' : 'fail'}</span>`,
  ])
  const head = [{ title: 'gate' }, { title: 'bound' }, { title: 'value', isNumber: true }, { title: 'result' }]
  return section(
    'Gates',
    html`<p>What had to hold before it was registered.</p>
      ${table(head, rows)}`,
  )
}

/** In the order of what the model loses without them, where that was measured. */
export function featuresSection({ evidence }: ModelCard, { train, features }: Declared): Html {
  const importance = evidence?.importance ?? undefined
  const losses = new Map(importance?.features.map(({ name, loss }) => [name, loss]) ?? [])
  const lossOf = (name: string): number => losses.get(name) ?? Number.NEGATIVE_INFINITY
  const sorted = (train?.features ?? []).toSorted((left, right) => lossOf(right.name) - lossOf(left.name) || 0)
  const rows = sorted.map(({ name, type }) => [
    name,
    type === 'string' ? 'category' : type,
    losses.has(name) ? number(lossOf(name)) : '',
  ])
  const measured =
    importance === undefined
      ? 'How much each of them matters was not measured.'
      : `By how much ${importance.metric} is worse when a feature is shuffled among ${count(importance.rows)} held-out rows; features that say the same hide each other.`
  const head = [{ title: 'feature' }, { title: 'type' }, { title: 'loss', isNumber: true }]
  const set = features === undefined ? '' : ` of set ${features.set}`
  return section(
    `Its ${rows.length} features${set}`,
    html`<p>${measured}</p>
      ${table(head, rows)}`,
  )
}
