import { canonicalJson } from '../dsl/digest.ts'
import { FeaturesError } from './errors.ts'
import { exactSummand } from './exact-scale.ts'
import { exactCells } from './exact-sql.ts'
import { toNumberSql } from './operations-sql.ts'
import { summarised, type HistoryNode, type PastNode } from './past-nodes.ts'
import type { FamilyInput } from './past-tables.ts'
import { sheet, type Cell, type Sheet } from './sheet.ts'
import { integerSql } from './sql-literals.ts'
import type { SourceView } from './source-view.ts'

/** What a history sums up of a row of the past, as columns over `relation`. */
export interface EventCells {
  /** The source with a column per node of the summarised expressions, and `fault`: whether the row has no exact value. */
  readonly relation: string
  readonly measures: ReadonlyMap<PastNode, Measured>
}

export interface Measured {
  /** One for look-ups that summarise the same in other windows. */
  readonly key: string
  readonly value: Cell | null
  readonly units: Cell | null
  readonly scale: number
}

/** Sums keep to 128 bits, and so does what a deviation is made of: sums of squares times rows. */
const MOST_SUMMED = 2n ** 80n
const MOST_SQUARED = 2n ** 40n

export function eventCells({ family, source }: FamilyInput): EventCells {
  const on = sheet((leaf) => (leaf.op === 'column' ? source.column(leaf.name) : noPast()))
  const faults = new Set<string>()
  const measures = new Map<PastNode, Measured>()
  for (const node of family.nodes) {
    if (node.op === 'history') measures.set(node, measured(node, { on, source, faults }))
  }
  const fault = `coalesce(${['false', ...faults].join(' OR ')}, false)`
  return { relation: `(SELECT *, ${fault} AS fault FROM ${on.over(source.view)})`, measures }
}

interface MeasureScope {
  readonly on: Sheet
  readonly source: SourceView
  readonly faults: Set<string>
}

function measured({ aggregate }: HistoryNode, { on, source, faults }: MeasureScope): Measured {
  const of = summarised(aggregate)
  const { op } = aggregate
  if (of === undefined || op === 'count') return { key: 'count', value: null, units: null, scale: 0 }
  const value = on.cell(of)
  const key = canonicalJson(of)
  if (op === 'share') return { key, value, units: null, scale: 0 }
  if (op === 'min' || op === 'max') return { key, value: extremeOf(value, on), units: null, scale: 0 }
  const { contract } = source
  const exact = exactSummand(of, contract)
  const { units, faults: inexact } = exactCells(exact, on)
  const most = op === 'stddev' ? MOST_SQUARED : MOST_SUMMED
  for (const fault of [...inexact, `(abs(${units.sql}) > ${integerSql(most)})`]) faults.add(fault)
  return { key, value: units, units, scale: exact.scale }
}

/** Adding zero leaves it one sign, so that the order of rows does not matter. */
function extremeOf(value: Cell, on: Sheet): Cell {
  return on.add(`(${toNumberSql(value)} + CAST(0 AS DOUBLE))`, { type: { kind: 'number' }, over: [value] })
}

/** The family's rows with their entity's `id`, and columns over `r`, a relation over the source. */
export function eventsSql(
  { family: { match, knownAfterMicros, contract }, source, entities, before }: FamilyInput,
  { relation, columns }: { readonly relation: string; readonly columns: readonly string[] },
): string {
  const time = `r.${source.column(contract.time ?? noTime(contract.name)).sql}`
  const equal = match.map(({ column }, index) => `r.${source.column(column.name).sql} = e.k${index}`)
  const old = before === null ? [] : [`${time} < ${before}`]
  return `(SELECT e.id, ${time} + ${knownAfterMicros} AS known, ${columns.join(', ')}
    FROM ${relation} r JOIN ${entities} e ON ${['true', ...equal].join(' AND ')}
    WHERE ${[`${time} IS NOT NULL`, ...old].join(' AND ')})`
}

function noTime(contract: string): never {
  throw new FeaturesError('expression', `look-up of "${contract}": expected a contract with a time, got one without`)
}

function noPast(): never {
  throw new FeaturesError('expression', 'summary: expected columns of the past row, got a look-up of its own')
}
