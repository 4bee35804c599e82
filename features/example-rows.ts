import type { DuckDBConnection } from '@duckdb/node-api'
import type { Ast } from '../dsl/ast.ts'
import { canonicalJson } from '../dsl/digest.ts'
import type { FeaturesSpec } from '../dsl/lifecycle/nodes.ts'
import { FeaturesError } from './errors.ts'
import { nodesOf, type ValueType } from './read-contract.ts'
import { readsOutcomeColumn, type PastNode } from './past-nodes.ts'
import type { Leaves } from './sheet.ts'
import { bucketSql, PART, ROW, type SourceView } from './source-view.ts'

/** The rows that become examples, and what an expression over them may stand on. */
export interface Rows {
  readonly relation: string
  /** All columns of the relation. */
  readonly columns: readonly string[]
  /** Whether `t`, the row's time in microseconds, is one. */
  readonly timed: boolean
  readonly source: SourceView
  /** The look-ups that are columns by now, by `pastKey`. */
  readonly past: ReadonlyMap<string, { readonly sql: string; readonly type: ValueType }>
}

export function pastKey(node: PastNode): string {
  return canonicalJson(node)
}

export function leavesOf({ source, past }: Rows): Leaves {
  return (leaf) => {
    if (leaf.op === 'column') return source.column(leaf.name)
    const found = past.get(pastKey(leaf))
    if (found !== undefined) return found
    throw new FeaturesError('expression', `look-up into "${leaf.from}": expected it to be computed, got none`)
  }
}

export interface ExampleScope {
  readonly spec: FeaturesSpec
  readonly asOf: bigint | null
  readonly sources: readonly SourceView[]
}

/** The source's rows with time in [asOf - window, asOf), those left out whose label is not known before asOf. */
export async function exampleRows(connection: DuckDBConnection, { spec, asOf, sources }: ExampleScope): Promise<Rows> {
  const source = sourceNamed(sources, spec.from)
  const { time } = source.contract
  const t = time === null ? 'CAST(NULL AS BIGINT)' : source.column(time).sql
  const key = spec.contracts.find(({ name }) => name === spec.from)?.key ?? 'row'
  const read = [...new Set(columnsRead(spec).map((name) => source.column(name).sql))]
  const where = time === null ? ['true'] : [`${t} IS NOT NULL`, ...bounds(t, { spec, asOf, source })]
  await connection.run(`CREATE TEMP VIEW examples AS
    SELECT ${[PART, ROW, ...read].join(', ')}, ${t} AS t, ${bucketSql(key, source.column)} AS bucket
    FROM ${source.view} WHERE ${where.join(' AND ')}`)
  const columns = [PART, ROW, ...read, 't', 'bucket']
  return { relation: 'examples', columns, timed: time !== null, source, past: new Map() }
}

export function sourceNamed(sources: readonly SourceView[], name: string): SourceView {
  const found = sources.find(({ contract }) => contract.name === name)
  if (found !== undefined) return found
  throw new FeaturesError('unknown-column', `contract: expected one that the plan reads, got "${name}"`)
}

function bounds(
  t: string,
  { spec, asOf, source }: { readonly spec: FeaturesSpec; readonly asOf: bigint | null; readonly source: SourceView },
): readonly string[] {
  if (asOf === null) return []
  const { contract } = source
  const from = spec.windowMillis === null ? [] : [`${t} >= ${asOf - BigInt(spec.windowMillis) * 1000n}`]
  const delay = BigInt(contract.outcomesKnownAfterMillis) * 1000n
  const isOutcome = readsOutcomeColumn(spec.label.expression, contract.columns)
  return [`${t} < ${asOf}`, ...from, ...(isOutcome ? [`${t} <= ${asOf - delay}`] : [])]
}

/** Of the row itself; what look-ups summarise is of other rows. */
function columnsRead({ features, label }: FeaturesSpec): readonly string[] {
  const asts: readonly Ast[] = [...features.map(({ expression }) => expression), label.expression]
  return asts.flatMap((ast) => nodesOf(ast).flatMap((node) => (node.op === 'column' ? [node.name] : [])))
}
