import type { EvaluateSpec } from '../dsl/lifecycle/nodes.ts'
import { bootstrap, type Intervals } from '../stats/bootstrap.ts'
import type { Examples } from '../stats/examples.ts'
import { fairnessMeasure, groupRates, type FairnessExamples, type GroupRates } from '../stats/fairness.ts'
import { judge, type Gate } from '../stats/gates.ts'
import type { MetricValues } from '../stats/measure.ts'
import { LEAST_ROWS, rowsByValue, type HoldoutValues } from './slice-holdout.ts'

/** How a binary model treats the groups of one protected attribute. */
export interface Fairness {
  readonly column: string
  /** The probability from which on a row counts as selected. */
  readonly threshold: number
  /** The largest first. */
  readonly groups: readonly FairnessGroup[]
  /** Over the groups that are compared; see `stats/fairness.ts`. */
  readonly metrics: MetricValues
  /** 95 %, by bootstrap. */
  readonly intervals: Intervals
}

export interface FairnessGroup extends GroupRates {
  /** As text; null where the column is null. */
  readonly value: string | null
  /** False for groups of fewer than 50 rows, whose rates are chance. */
  readonly compared: boolean
}

/** For each protected column, where the model is binary. `values` has every row of the holdout, as `examples` has. */
export function fairnessOf(
  spec: EvaluateSpec,
  { values, examples, seed }: { readonly values: HoldoutValues; readonly examples: Examples; readonly seed: number },
): readonly Fairness[] {
  if (examples.task !== 'binary') return []
  const { labels, probabilities } = examples
  const { threshold } = spec.fairness
  const selected = Uint8Array.from(probabilities, (probability) => (probability >= threshold ? 1 : 0))
  return spec.protectedColumns.map((column) => {
    const found = rowsByValue(values.get(column) ?? [])
    const rates = groupRates(grouped(found, { labels, selected }))
    const compared = grouped(
      found.filter(([, rows]) => rows.length >= LEAST_ROWS),
      { labels, selected },
    )
    const measure = fairnessMeasure(compared)
    return {
      column,
      threshold,
      groups: found.flatMap(([value, rows], index) => {
        const rate = rates[index]
        return rate === undefined ? [] : [{ value, ...rate, compared: rows.length >= LEAST_ROWS }]
      }),
      metrics: measure.of(),
      intervals: bootstrap(measure, { seed }),
    }
  })
}

type Found = ReturnType<typeof rowsByValue>

/** The rows of these groups, one after another. */
function grouped(found: Found, { labels, selected }: Pick<FairnessExamples, 'labels' | 'selected'>): FairnessExamples {
  const rows = found.flatMap(([, of]) => of)
  return {
    labels: Uint8Array.from(rows, (row) => labels[row] ?? 0),
    selected: Uint8Array.from(rows, (row) => selected[row] ?? 0),
    groups: Uint32Array.from(found.flatMap(([, of], group) => of.map(() => group))),
    count: found.length,
  }
}

/** One gate per limit. */
export function fairnessGates(spec: EvaluateSpec, found: readonly Fairness[]): readonly Gate[] {
  return spec.fairness.columns.flatMap(({ column, limits }) => {
    const metrics = found.find((one) => one.column === column)?.metrics ?? {}
    return judge({ scope: `fairness.${column}`, metrics, incumbent: null }, limits)
  })
}
