import type { DuckDBConnection } from '@duckdb/node-api'
import { leavesOf, pastKey, sourceNamed, type Rows } from './example-rows.ts'
import { alikeSql } from './operations-sql.ts'
import { familiesOf, matchKey, pastDepth, type Family, type PastNode } from './past-nodes.ts'
import { familyTables, type PastFaults, type PastTable } from './past-tables.ts'
import type { ValueType } from './read-contract.ts'
import { sheet } from './sheet.ts'
import type { SourceView } from './source-view.ts'

export interface PastScope {
  readonly rows: Rows
  readonly past: readonly PastNode[]
  readonly sources: readonly SourceView[]
  readonly before: bigint | null
}

export interface PastColumns {
  readonly rows: Rows
  readonly faults: PastFaults | null
}

/** The rows with a column per look-up. A look-up whose match needs another one comes a stage later. */
export async function withPast(
  connection: DuckDBConnection,
  { rows, past, sources, before }: PastScope,
): Promise<PastColumns> {
  let found = rows
  for (let depth = 1; past.some((node) => pastDepth(node) >= depth); depth++) {
    const nodes = past.filter((node) => pastDepth(node) === depth)
    const stage = await pastStage(connection, { rows: found, past: nodes, sources, before }, `stage${depth}`)
    if (stage.faults !== null) return stage
    found = stage.rows
  }
  return { rows: found, faults: null }
}

async function pastStage(connection: DuckDBConnection, scope: PastScope, name: string): Promise<PastColumns> {
  const { sources, before } = scope
  const families = familiesOf(
    scope.past,
    sources.map(({ contract }) => contract),
  )
  const { rows, groups } = await withEntities(connection, { scope, families, name })
  const joined: Joined[] = []
  for (const [index, family] of families.entries()) {
    const group = groups.get(matchKey(family))
    if (group === undefined) continue
    const source = sourceNamed(sources, family.contract.name)
    const input = { family, source, ...group, name: `${name}_family${index}`, before }
    const { tables, faults } = await familyTables(connection, input)
    if (faults !== null) return { rows, faults }
    joined.push(...tables.map(({ table, columns }) => ({ table, columns, id: group.id })))
  }
  return { rows: await joinTables(connection, { rows, joined, name, sources }), faults: null }
}

/** Look-ups of the same entities. `id`: the rows' column. `entities`, `asked`: see `FamilyInput`. */
interface Group {
  readonly id: string
  readonly entities: string
  readonly asked: string
}

/** Numbers the entities, so that all sorting and joining by them is over integers. */
async function withEntities(
  connection: DuckDBConnection,
  { scope, families, name }: { readonly scope: PastScope; readonly families: readonly Family[]; readonly name: string },
): Promise<{ readonly rows: Rows; readonly groups: ReadonlyMap<string, Group> }> {
  const { rows, sources } = scope
  const on = sheet(leavesOf(rows))
  const joins: string[] = []
  const groups = new Map<string, Group>()
  for (const family of families) {
    if (groups.has(matchKey(family))) continue
    const source = sourceNamed(sources, family.contract.name)
    const entities = `${name}_entities${groups.size}`
    const id = `${name}_id${groups.size}`
    await connection.run(`CREATE TEMP TABLE ${entities} AS ${entitiesSql(family, source)}`)
    const equal = family.match.map(({ column, equals }, index) =>
      alikeSql([on.cell(equals), { sql: `${entities}.k${index}`, type: source.column(column.name).type }]).join(' = '),
    )
    joins.push(`LEFT JOIN ${entities} ON ${['true', ...equal].join(' AND ')}`)
    groups.set(matchKey(family), { id, entities, asked: `${name}_asked${groups.size}` })
  }
  const ids = [...groups.values()].map(({ id, entities }) => `${entities}.id AS ${id}`)
  const own = rows.columns.map((column) => `r.${column}`)
  await connection.run(
    `CREATE TEMP TABLE ${name}_rows AS SELECT ${[...own, ...ids].join(', ')} FROM ${on.over(rows.relation)} r ${joins.join(' ')}`,
  )
  for (const { id, asked } of groups.values()) {
    await connection.run(
      `CREATE TEMP TABLE ${asked} AS SELECT DISTINCT ${id} AS id, t FROM ${name}_rows WHERE ${id} IS NOT NULL AND t IS NOT NULL`,
    )
  }
  const columns = [...rows.columns, ...[...groups.values()].map(({ id }) => id)]
  return { rows: { ...rows, relation: `${name}_rows`, columns }, groups }
}

/** No match at all is one entity: all rows. */
function entitiesSql({ match }: Family, source: SourceView): string {
  const columns = match.map(({ column }) => source.column(column.name).sql)
  if (columns.length === 0) return 'SELECT CAST(1 AS INTEGER) AS id'
  const keys = columns.map((column, index) => `${column} AS k${index}`)
  const known = columns.map((column) => `${column} IS NOT NULL`)
  return `SELECT CAST(row_number() OVER () AS INTEGER) AS id, * FROM (SELECT DISTINCT ${keys.join(', ')} FROM ${source.view} WHERE ${known.join(' AND ')})`
}

interface Joined extends PastTable {
  readonly id: string
}

async function joinTables(
  connection: DuckDBConnection,
  {
    rows,
    joined,
    name,
    sources,
  }: {
    readonly rows: Rows
    readonly joined: readonly Joined[]
    readonly name: string
    readonly sources: readonly SourceView[]
  },
): Promise<Rows> {
  const past = new Map(rows.past)
  const added = joined.flatMap(({ table, columns }) =>
    [...columns].map(([node, value]) => {
      const sql = `${name}_p${past.size}`
      past.set(pastKey(node), { sql, type: typeOf(node, sources) })
      return `${orNone(node, `${table}.${value}`)} AS ${sql}`
    }),
  )
  const own = rows.columns.map((column) => `r.${column}`)
  const joins = joined.map(({ table, id }) => `LEFT JOIN ${table} ON ${table}.id = r.${id} AND ${table}.t = r.t`)
  const relation = `${name}_past`
  await connection.run(
    `CREATE TEMP VIEW ${relation} AS SELECT ${[...own, ...added].join(', ')} FROM ${rows.relation} r ${joins.join(' ')}`,
  )
  const columns = [...rows.columns, ...[...past.values()].slice(rows.past.size).map(({ sql }) => sql)]
  return { ...rows, relation, columns, past }
}

/** Of an entity without a past there are no rows, so a count is zero. */
function orNone(node: PastNode, value: string): string {
  return node.op === 'history' && node.aggregate.op === 'count' ? `coalesce(${value}, CAST(0 AS DOUBLE))` : value
}

function typeOf(node: PastNode, sources: readonly SourceView[]): ValueType {
  return node.op === 'history' ? { kind: 'number' } : sourceNamed(sources, node.from).column(node.column).type
}
