import { CELLS, type Cells } from './online-cells.ts'
import { otherFeatures, type Entities } from './online-entities.ts'
import { extremeIn } from './online-extreme.ts'
import { fieldName, lookUpFields, type Field } from './online-layout.ts'
import { newestIn } from './online-newest.ts'
import { windowIn } from './online-window.ts'
import type { Value } from './operations.ts'
import type { PastNode } from './past-nodes.ts'
import type { ReadContract } from './read-contract.ts'

/** One look-up of a feature. */
export interface LookUp {
  history(entity: string, at: bigint): number | null
  latest(entity: string, at: bigint): Value
}

/** A column of the family's pages. */
export interface Column {
  readonly of: Field['of']
  readonly index: number
  readonly at: (cells: Cells, index: number) => Value
}

/** Throws `online-file` where the file does not have what the look-up needs. */
export function lookUpIn(
  node: PastNode,
  { contract, entities }: { readonly contract: ReadContract; readonly entities: Entities },
): LookUp {
  const columns = lookUpFields(node, contract).map((field) => columnOf(field, entities))
  const [first] = columns
  if (first === undefined) throw otherFeatures()
  if (node.op === 'latest') return { history: () => null, latest: newestIn(entities, { node, column: first }) }
  const { aggregate } = node
  const history =
    aggregate.op === 'min' || aggregate.op === 'max'
      ? extremeIn(entities, { node, column: first })
      : windowIn(entities, { node, contract, columns })
  return { history, latest: () => null }
}

function columnOf(field: Field, { fields }: Entities): Column {
  const index = fields.findIndex((stored) => fieldName(stored) === fieldName(field))
  const stored = fields[index]
  if (stored === undefined) throw otherFeatures()
  return { of: field.of, index, at: CELLS[stored.cells].at }
}
