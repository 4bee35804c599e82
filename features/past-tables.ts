import type { DuckDBConnection } from '@duckdb/node-api'
import { extremeSql } from './extremes-sql.ts'
import { eventCells, eventsSql } from './events-sql.ts'
import { historySql, type TotalsFacts } from './history-sql.ts'
import { latestSql } from './latest-sql.ts'
import type { Family, HistoryNode, LatestNode, PastNode } from './past-nodes.ts'
import type { SourceView } from './source-view.ts'

/** A table with a value per entity and time that is asked about: `id`, `t`, and the columns of the look-ups. */
export interface PastTable {
  readonly table: string
  readonly columns: ReadonlyMap<PastNode, string>
}

/** What a family is computed from. `entities`: (id, k0, k1, …); `asked`: distinct (id, t). */
export interface FamilyInput {
  readonly family: Family
  readonly source: SourceView
  readonly entities: string
  readonly asked: string
  /** A prefix of tables' names that nobody else uses. */
  readonly name: string
  /** No row of this time or later is read: microseconds. */
  readonly before: bigint | null
}

/** Rows of the past that have no exact value for a sum. */
export interface PastFaults {
  readonly source: SourceView
  /** A relation with `part` and `ordinal` of each. */
  readonly relation: string
  readonly count: number
}

export interface FamilyTables {
  readonly tables: readonly PastTable[]
  readonly faults: PastFaults | null
}

export async function familyTables(connection: DuckDBConnection, input: FamilyInput): Promise<FamilyTables> {
  const { family, name, asked } = input
  const cells = eventCells(input)
  const { histories, extremes, latests } = byStructure(family)
  const tables: PastTable[] = []
  let faults: PastFaults | null = null

  async function keep(suffix: string, sql: string, nodes: readonly PastNode[]): Promise<void> {
    const table = `${name}_${suffix}`
    await connection.run(`CREATE TEMP TABLE ${table} AS ${sql}`)
    tables.push({ table, columns: new Map(nodes.map((node, index) => [node, `v${index}`])) })
  }

  if (histories.length > 0) {
    const history = historySql(histories, { cells, asked, name, input })
    await connection.run(history.totals)
    faults = await pastFaults(connection, input, cells.relation)
    if (faults !== null) return { tables, faults }
    const facts = await totalsFacts(connection, history)
    await connection.run(history.cumulated(facts))
    await keep('history', history.windows(facts), histories)
    await connection.run(history.drop)
  }
  for (const [index, node] of extremes.entries()) {
    await keep(`extreme${index}`, extremeSql(node, { cells, asked, input }), [node])
  }
  if (latests.length > 0) await keep('latest', latestSql(latests, { asked, input }), latests)
  return { tables, faults }
}

async function totalsFacts(
  connection: DuckDBConnection,
  { facts, pairs }: Pick<ReturnType<typeof historySql>, 'facts' | 'pairs'>,
): Promise<TotalsFacts> {
  const [[fits, ...equal] = []] = (await connection.runAndReadAll(facts)).getRows()
  const same = new Map<string, string>()
  // The first of those that are equal stands for all.
  for (const [at, [first, second]] of pairs.entries())
    if (equal[at] === true && !same.has(second)) same.set(second, first)
  return { sumType: fits === true ? 'BIGINT' : 'HUGEINT', same }
}

/** Sums subtract; an extreme does not; the newest row is one row. */
function byStructure({ nodes }: Family): {
  readonly histories: readonly HistoryNode[]
  readonly extremes: readonly HistoryNode[]
  readonly latests: readonly LatestNode[]
} {
  const all = nodes.filter((node) => node.op === 'history')
  return {
    histories: all.filter((node) => !isExtreme(node)),
    extremes: all.filter(isExtreme),
    latests: nodes.filter((node) => node.op === 'latest'),
  }
}

function isExtreme({ aggregate: { op } }: HistoryNode): boolean {
  return op === 'min' || op === 'max'
}

async function pastFaults(
  connection: DuckDBConnection,
  input: FamilyInput,
  relation: string,
): Promise<PastFaults | null> {
  const total = await connection.runAndReadAll(`SELECT CAST(sum(faults) AS BIGINT) FROM ${input.name}_totals`)
  const count = Number(total.getRows()[0]?.[0] ?? 0)
  if (count === 0) return null
  const events = eventsSql(input, { relation, columns: ['r.part', 'r.ordinal', 'r.fault'] })
  return { source: input.source, count, relation: `(SELECT part, ordinal FROM ${events} WHERE fault)` }
}
