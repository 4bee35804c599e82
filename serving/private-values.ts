import { createHash } from 'node:crypto'
import type { Pii } from '../dsl/column-meta.ts'
import type { ContractSpec } from '../dsl/plan.ts'
import type { FeatureSpec } from '../dsl/features.ts'
import { isoOf } from '../features/instant.ts'
import { columnsOf } from '../features/read-contract.ts'
import type { FeatureValues, Row } from '../features/evaluate.ts'
import type { Value } from '../features/operations.ts'

export type Logged = string | number | boolean | null

/** What a row and its features may say in the log. */
export interface PrivateValues {
  readonly row: (row: Row) => Readonly<Record<string, Logged>>
  readonly features: (values: FeatureValues) => Readonly<Record<string, Logged>>
  readonly outcomes: (values: Readonly<Record<string, Logged>>) => Readonly<Record<string, Logged>>
}

/** The strictest first: a feature of several columns is treated as the strictest of them. */
const STRICTNESS: readonly Pii[] = ['drop', 'mask', 'hash']

export function privateValues(contract: ContractSpec, features: readonly FeatureSpec[]): PrivateValues {
  const columns = new Map(
    contract.columns.map(({ name, pii, type }) => [name, { pii, isInstant: type.kind === 'instant' }]),
  )
  const ofFeature = new Map(
    features.map(({ name, expression }) => {
      const read = new Set(columnsOf(expression).map((column) => columns.get(column)?.pii ?? null))
      return [name, STRICTNESS.find((pii) => read.has(pii)) ?? null]
    }),
  )
  const ofColumn = (name: string): Pii | null => columns.get(name)?.pii ?? null
  const plain = (name: string, value: Value): Logged =>
    typeof value !== 'bigint' ? value : columns.get(name)?.isInstant === true ? isoOf(value) : String(value)
  return {
    row: (row) => hidden(Object.entries(row).map(([name, value]) => [name, plain(name, value), ofColumn(name)])),
    features: (values) =>
      hidden(Object.entries(values).map(([name, value]) => [name, value, ofFeature.get(name) ?? null])),
    outcomes: (values) => hidden(Object.entries(values).map(([name, value]) => [name, value, ofColumn(name)])),
  }
}

type Entry = readonly [name: string, value: Logged, pii: Pii | null]

function hidden(entries: readonly Entry[]): Readonly<Record<string, Logged>> {
  return Object.fromEntries(
    entries.flatMap(([name, value, pii]) =>
      pii === 'drop' ? [] : [[name, value === null ? null : replaced(value, pii)]],
    ),
  )
}

/** `***` as in a quarantine. */
function replaced(value: Exclude<Logged, null>, pii: Pii | null): Logged {
  if (pii === 'mask') return '***'
  return pii === 'hash' ? createHash('sha256').update(String(value)).digest('hex') : value
}
