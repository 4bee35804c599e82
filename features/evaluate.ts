import type { FeatureSpec } from '../dsl/features.ts'
import { compileExpression } from './compile-expression.ts'
import type { Asked, Compiled } from './compiled.ts'
import { toFloat32 } from './float32.ts'
import type { Value } from './operations.ts'
import type { LatestNode, HistoryNode } from './past-nodes.ts'
import { contractNamed, type ReadContract } from './read-contract.ts'

/** One row by column. int64: bigint; decimal: text; instant: bigint, microseconds since 1970 (`microsOf` reads ISO text). */
export type Row = Readonly<Record<string, Value>>

/** Answers look-ups. `entity`: what the match's expressions gave, in the order of the matched columns' names, none null. */
export interface Past {
  history(node: HistoryNode, entity: readonly Value[], at: bigint): number | null
  latest(node: LatestNode, entity: readonly Value[], at: bigint): Value
}

/** A number is a float32. Null: no value, or no finite float32; training leaves no such row, so the request is refused. */
export type FeatureValues = Readonly<Record<string, number | boolean | string | null>>

export interface EvaluatorOptions {
  /** The contract whose rows it takes. */
  readonly from: string
  /** Every contract that is read. */
  readonly contracts: readonly ReadContract[]
}

/** Compiles once into closures; then a request costs some calls a node. Throws `unknown-column`, `expression`. */
export function compileEvaluator(
  features: readonly FeatureSpec[],
  { from, contracts }: EvaluatorOptions,
): (row: Row, past: Past) => FeatureValues {
  const { columns, time } = contractNamed(contracts, from)
  const compiled = features.map(({ name, expression }) => ({
    name,
    read: float32Of(compileExpression(expression, { columns, contracts })),
  }))
  return (row, past) => {
    const asked: Asked = { row, past, at: time === null ? null : instantOf(row[time]) }
    const values: Record<string, number | boolean | string | null> = {}
    for (const { name, read } of compiled) values[name] = read(asked)
    return values
  }
}

function instantOf(value: Value | undefined): bigint | null {
  return typeof value === 'bigint' ? value : null
}

function float32Of({ read }: Compiled): (asked: Asked) => number | boolean | string | null {
  return (asked) => {
    const value = read(asked)
    if (typeof value === 'bigint') return null
    return typeof value === 'number' ? toFloat32(value) : value
  }
}
