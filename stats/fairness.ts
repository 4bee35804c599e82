import { checkLength } from './errors.ts'
import type { Measure } from './measure.ts'

/** Whom a binary model selects, and who turned out to be a case for it, by group. */
export interface FairnessExamples {
  /** 0 or 1. */
  readonly labels: Uint8Array
  /** 1 where the model selects the row. */
  readonly selected: Uint8Array
  /** Index of each row's group, below `count`. */
  readonly groups: Uint32Array
  readonly count: number
}

/** Shares of one group's rows; null where there is no row to take a share of. */
export interface GroupRates {
  readonly rows: number
  /** Of all rows: those with label 1. */
  readonly base_rate: number | null
  /** Of all rows: those selected. */
  readonly selection_rate: number | null
  /** Of the rows with label 1: those selected. */
  readonly true_positive_rate: number | null
  /** Of the rows with label 0: those selected. */
  readonly false_positive_rate: number | null
}

/**
 * How far groups are apart. With rates as in `GroupRates`, over all groups:
 * - `demographic_parity_ratio`: the lowest selection rate by the highest, 1 where all are equal (the selection or
 *   adverse impact ratio; below 0.8 is the four-fifths rule of the EEOC's Uniform Guidelines, 29 CFR 1607.4 D, 1978);
 * - `demographic_parity_difference`: the highest selection rate less the lowest;
 * - `equalized_odds_difference`: the larger of the gaps in true and in false positive rate (Hardt, Price and Srebro,
 *   "Equality of Opportunity in Supervised Learning", NeurIPS 2016);
 * - `equalized_odds_ratio`: the smaller of the lowest-by-highest ratios of these two;
 * - `equal_opportunity_difference`: the gap in true positive rate alone.
 * Names and formulas are those of fairlearn, with `agg="worst_case"`. A metric is null where a group has no row that
 * its rate is a share of, or no group has any selected. Fewer than two groups: all null.
 */
export function fairnessMeasure(examples: FairnessExamples): Measure {
  const { labels, selected, groups } = examples
  checkLength('selected', { expected: labels.length, got: selected.length })
  checkLength('groups', { expected: labels.length, got: groups.length })
  return {
    rows: labels.length,
    of: (weights) => {
      const rates = groupRates(examples, weights)
      const [selection, truePositive, falsePositive] = [
        spread(rates.map(({ selection_rate }) => selection_rate)),
        spread(rates.map(({ true_positive_rate }) => true_positive_rate)),
        spread(rates.map(({ false_positive_rate }) => false_positive_rate)),
      ]
      return {
        demographic_parity_ratio: selection.ratio,
        demographic_parity_difference: selection.difference,
        equalized_odds_difference: both(Math.max, [truePositive.difference, falsePositive.difference]),
        equalized_odds_ratio: both(Math.min, [truePositive.ratio, falsePositive.ratio]),
        equal_opportunity_difference: truePositive.difference,
      }
    },
  }
}

/** In the order of the groups' indexes. */
export function groupRates(
  { labels, selected, groups, count }: FairnessExamples,
  weights?: Uint8Array,
): readonly GroupRates[] {
  // A group's rows by what happened and what was said: [negative, selected negative, positive, selected positive].
  const cells = new Float64Array(4 * count)
  for (const [row, group] of groups.entries()) {
    const cell = 4 * group + 2 * (labels[row] ?? 0) + (selected[row] ?? 0)
    cells[cell] = (cells[cell] ?? 0) + (weights?.[row] ?? 1)
  }
  return Array.from({ length: count }, (_, group) => {
    const [passedOver = 0, wrong = 0, missed = 0, right = 0] = cells.subarray(4 * group, 4 * group + 4)
    const rows = passedOver + wrong + missed + right
    return {
      rows,
      base_rate: share(missed + right, rows),
      selection_rate: share(wrong + right, rows),
      true_positive_rate: share(right, missed + right),
      false_positive_rate: share(wrong, passedOver + wrong),
    }
  })
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}

interface Spread {
  readonly difference: number | null
  readonly ratio: number | null
}

function spread(rates: readonly (number | null)[]): Spread {
  const known = rates.filter((rate) => rate !== null)
  if (known.length < rates.length || known.length < 2) return { difference: null, ratio: null }
  const [low, high] = [Math.min(...known), Math.max(...known)]
  return { difference: high - low, ratio: high === 0 ? null : low / high }
}

function both(
  worse: (one: number, other: number) => number,
  [one, other]: readonly [number | null, number | null],
): number | null {
  return one === null || other === null ? null : worse(one, other)
}
