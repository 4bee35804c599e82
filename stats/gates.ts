import { directionOf } from '../dsl/metrics.ts'
import type { MetricLimit } from '../dsl/lifecycle/nodes.ts'
import type { Limit } from '../dsl/limits.ts'
import type { MetricValues } from './measure.ts'

export interface Gate {
  /** Where the limit stands in the pipeline, such as `overall.auc`. */
  readonly name: string
  readonly metric: string
  readonly bound: Limit
  /** What the bound is held against: the metric, or by how much it is worse than the incumbent's. Null: no value there. */
  readonly value: number | null
  readonly passed: boolean
}

/** `at least 0.7`, `worse by at most 0.01`. */
export function boundText(bound: Limit): string {
  if ('atLeast' in bound) return `at least ${bound.atLeast}`
  if ('atMost' in bound) return `at most ${bound.atMost}`
  return `worse by at most ${bound.notWorseBy}`
}

/** The numbers that a set of limits is about. */
export interface Judged {
  /** The first part of the gates' names. */
  readonly scope: string
  readonly metrics: MetricValues
  /** What `notWorseBy` compares with. Null: nothing there, so nothing can be worse. */
  readonly incumbent: MetricValues | null
}

/** One gate per limit. A metric without a value passes no bound: what cannot be measured has not been reached. */
export function judge({ scope, metrics, incumbent }: Judged, limits: readonly MetricLimit[]): readonly Gate[] {
  return limits.map(({ metric, limit }) => {
    const gate = { name: `${scope}.${metric}`, metric, bound: limit }
    const own = metrics[metric] ?? null
    if (!('notWorseBy' in limit)) return { ...gate, value: own, passed: own !== null && within(own, limit) }
    if (incumbent === null) return { ...gate, value: null, passed: true }
    const value = shortfall(metric, { own, other: incumbent[metric] ?? null })
    return { ...gate, value, passed: value !== null && value <= limit.notWorseBy }
  })
}

function within(value: number, limit: Exclude<Limit, { readonly notWorseBy: number }>): boolean {
  return 'atLeast' in limit ? value >= limit.atLeast : value <= limit.atMost
}

function shortfall(metric: string, { own, other }: { own: number | null; other: number | null }): number | null {
  if (own === null || other === null) return null
  return directionOf(metric) === 'higher' ? other - own : own - other
}
