import type { DuckDBConnection } from '@duckdb/node-api'
import { eventCells, eventsSql } from './events-sql.ts'
import type { CellKind } from './online-cells.ts'
import type { StoredField } from './online-file.ts'
import { fieldsOf, isTotal, type Field } from './online-layout.ts'
import type { Family, PastNode } from './past-nodes.ts'
import type { FamilyInput } from './past-tables.ts'
import { PART, ROW, type SourceView } from './source-view.ts'

/** The family's instants with their fields, in the order of entities and known-at. */
export interface OnlineEvents {
  readonly fields: readonly StoredField[]
  /** Columns: the entity's place in `entities`, from 0; `known`; one a field. */
  readonly sql: string
  /** Columns: one a matched column. */
  readonly entities: string
  /** Rows of the past that have no exact value for a sum. */
  readonly faults: number
}

/**
 * One row an entity and instant: rows that become known together are in every window together, and the newest of them is
 * the last one by part and place. Not known before `before`: not there.
 */
export async function onlineEvents(
  connection: DuckDBConnection,
  input: FamilyInput & { readonly before: bigint },
): Promise<OnlineEvents> {
  const { family, source, entities, name, before } = input
  await connection.run(`CREATE TEMP TABLE ${entities} AS ${entitiesSql(family, source)}`)
  const asked = fieldsOf(family)
  const cells = eventCells(input)
  const columns = asked.map(({ field, node }, index) => ({
    field,
    node,
    name: `f${index}`,
    read: readSql(field, node, { value: cells.measures.get(node)?.value?.sql, source }),
  }))
  const events = eventsSql(input, {
    relation: cells.relation,
    columns: [
      'r.fault',
      `r.${PART}`,
      `r.${ROW}`,
      ...columns.flatMap(({ read, name: column }) => (read === null ? [] : [`${read} AS ${column}`])),
    ],
  })
  const totals = `${name}_totals`
  await connection.run(`CREATE TEMP TABLE ${totals} AS SELECT id, known, count_if(fault) AS faults,
    ${columns.map((column) => `${totalSql(column.field, column.name)} AS ${column.name}`).join(', ')}
    FROM ${events} WHERE known < ${before} GROUP BY id, known`)
  const { largest, faults } = await bounds(connection, totals, columns)
  const stored = columns.map(({ field, node }, index) => ({
    ...field,
    cells: cellsFor(field, { node, source, largest: largest[index] ?? 0n }),
  }))
  const read = columns.map(({ name: column }, index) => castSql(column, stored[index]?.cells))
  const keys = family.match.map(({ column: { type } }, index) =>
    type.kind === 'decimal' ? `CAST(k${index} AS VARCHAR)` : `k${index}`,
  )
  return {
    fields: stored,
    faults,
    sql: `SELECT ${['CAST(id - 1 AS DOUBLE)', 'known', ...read].join(', ')} FROM ${totals} ORDER BY id, known`,
    entities: `SELECT ${keys.length === 0 ? 'id' : keys.join(', ')} FROM ${entities} ORDER BY id`,
  }
}

/** Numbered in the order of their columns, so that the file has one order. No match at all is one entity: all rows. */
function entitiesSql({ match }: Family, source: SourceView): string {
  const columns = match.map(({ column }) => source.column(column.name))
  if (columns.length === 0) return 'SELECT CAST(1 AS INTEGER) AS id'
  const keys = columns.map(({ sql }, index) => `${sql} AS k${index}`)
  const known = columns.map(({ sql }) => `${sql} IS NOT NULL`)
  const names = columns.map((_, index) => `k${index}`).join(', ')
  return `SELECT CAST(row_number() OVER (ORDER BY ${names}) AS INTEGER) AS id, *
    FROM (SELECT DISTINCT ${keys.join(', ')} FROM ${source.view} WHERE ${known.join(' AND ')})`
}

/** What it needs of an event, or null for nothing. */
function readSql(
  { of }: Field,
  node: PastNode,
  { value, source }: { readonly value: string | undefined; readonly source: SourceView },
): string | null {
  if (node.op === 'latest') return `r.${source.column(node.column).sql}`
  if (value === undefined) return null
  return of === 'min' || of === 'max' ? value : `CASE WHEN NOT r.fault THEN ${value} END`
}

function totalSql({ of, key }: Field, column: string): string {
  switch (of) {
    case 'rows':
      return key === 'all' ? 'count(*)' : `count(${column})`
    case 'held':
      return `count_if(${column})`
    case 'sum':
      return `coalesce(sum(${column}), 0)`
    case 'squares':
      return `coalesce(sum(${column} * ${column}), 0)`
    case 'min':
    case 'max':
      return `${of}(${column})`
    case 'latest':
      // Within a struct a null stays the value that it is: of the newest row there is none.
      return `arg_max({'v': ${column}}, {'p': ${PART}, 'o': ${ROW}}).v`
  }
}

interface NamedField {
  readonly field: Field
  readonly name: string
}

/** How large a total can get, by field. */
async function bounds(
  connection: DuckDBConnection,
  totals: string,
  columns: readonly NamedField[],
): Promise<{ readonly largest: readonly bigint[]; readonly faults: number }> {
  const sums = columns.map(({ field, name }) => (isTotal(field) ? `coalesce(sum(abs(${name})), 0)` : '0'))
  const found = await connection.runAndReadAll(
    `SELECT ${['coalesce(sum(faults), 0)', ...sums].map((sum) => `CAST(${sum} AS HUGEINT)`).join(', ')} FROM ${totals}`,
  )
  const [faults, ...largest] = found.getRows()[0] as readonly bigint[]
  return { largest, faults: Number(faults) }
}

/** A double holds whole numbers up to 2^53, so the difference of two totals as well. */
function cellsFor(
  field: Field,
  { node, source, largest }: { readonly node: PastNode; readonly source: SourceView; readonly largest: bigint },
): CellKind {
  if (node.op === 'latest') return LATEST[source.column(node.column).type.kind]
  if (!isTotal(field)) return 'double?'
  if ((field.of === 'rows' || field.of === 'held') && largest < 2n ** 32n) return 'count'
  if (largest < 2n ** 52n) return 'double'
  return largest < 2n ** 62n ? 'int64' : 'int128'
}

const LATEST = {
  number: 'double?',
  boolean: 'boolean?',
  string: 'text?',
  int64: 'int64?',
  decimal: 'text?',
  instant: 'int64?',
} as const

/** In the types that JavaScript reads at once. */
function castSql(column: string, cells: CellKind | undefined): string {
  const types = {
    count: 'DOUBLE',
    double: 'DOUBLE',
    int64: 'BIGINT',
    int128: 'HUGEINT',
    'double?': 'DOUBLE',
    'int64?': 'BIGINT',
    'boolean?': 'BOOLEAN',
    'text?': 'VARCHAR',
  } as const
  return cells === undefined ? column : `CAST(${column} AS ${types[cells]})`
}
