import type { FeaturesSpec } from '../../dsl/lifecycle/nodes.ts'
import type { ContractSpec } from '../../dsl/plan.ts'
import { compileEvaluator, type Past, type Row } from '../../features/evaluate.ts'
import { microsOf } from '../../features/instant.ts'
import type { Value } from '../../features/operations.ts'
import type { LoggedOutcome, LoggedPrediction, TrafficRecord } from '../../store/traffic.ts'
import { isOf, type Side } from './count-traffic.ts'

/** What came of one sampled request. */
export interface LabelledRow {
  readonly label: number | boolean | string
  readonly prediction: readonly number[]
  /** How many requests it stands for. */
  readonly weight: number
}

export type LabelOf = (
  prediction: Pick<LoggedPrediction, 'request'>,
  outcome: Pick<LoggedOutcome, 'outcomes'>,
) => LabelledRow['label'] | null

/** A side's predictions whose outcomes are known, in the order in which they came to be: what is judged only grows at its end. */
export function labelledRows(records: readonly TrafficRecord[], side: Side, labelOf: LabelOf): readonly LabelledRow[] {
  const predictions = new Map(
    records.flatMap((record) => (record.type === 'prediction' && isOf(record, side) ? [[record.id, record]] : [])),
  )
  const outcomes = records.filter((record) => record.type === 'outcome').toSorted(byTime)
  return outcomes.flatMap((outcome) => {
    const prediction = predictions.get(outcome.id)
    // Of two outcomes told for one prediction the first counts.
    predictions.delete(outcome.id)
    const label = prediction === undefined ? null : labelOf(prediction, outcome)
    if (prediction === undefined || label === null) return []
    return [{ label, prediction: prediction.prediction, weight: prediction.weight }]
  })
}

function byTime(one: LoggedOutcome, other: LoggedOutcome): number {
  return one.at - other.at || (one.id < other.id ? -1 : 1)
}

/** A label stands on its own row. */
const NO_PAST: Past = { history: () => null, latest: () => null }

/** Evaluates the label that a model was trained on over what the log has of a row. Null where it has not enough. */
export function labelReader(
  { label, from }: Pick<FeaturesSpec, 'label' | 'from'>,
  contracts: readonly ContractSpec[],
): LabelOf {
  const contract = contracts.find(({ name }) => name === from)
  if (contract === undefined) return () => null
  const evaluate = compileEvaluator([{ name: 'label', expression: label.expression, type: label.type }], {
    from,
    contracts,
  })
  return (prediction, outcome) => {
    const row = rowOf(contract, { ...prediction.request, ...outcome.outcomes })
    return row === null ? null : (evaluate(row, NO_PAST)['label'] ?? null)
  }
}

function rowOf({ columns }: ContractSpec, values: LoggedOutcome['outcomes']): Row | null {
  try {
    return Object.fromEntries(columns.map(({ name, type }) => [name, valueOf(values[name] ?? null, type.kind)]))
  } catch {
    // A column that was masked is no number or instant any more.
    return null
  }
}

function valueOf(
  value: string | number | boolean | null,
  kind: ContractSpec['columns'][number]['type']['kind'],
): Value {
  if (value === null) return null
  if (kind === 'int64') return BigInt(value)
  if (kind === 'instant') return microsOf(String(value))
  return value
}
