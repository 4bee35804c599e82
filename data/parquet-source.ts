import type { DuckDBConnection } from '@duckdb/node-api'
import type { StoredColumn } from '../dsl/lifecycle/nodes.ts'
import { quoteName, quotePath } from './duckdb.ts'
import { lossless } from './lossless.ts'
import { duplicateNames, missingColumns } from './named-columns.ts'
import { plainRows } from './plain-rows.ts'
import { keepSample } from './sample.ts'
import { refusal, type IngestInput, type PartFault, type SourceRows } from './source-rows.ts'
import { storedType } from './stored-type.ts'

/**
 * The rows of a Parquet file whose types hold what the contract says without loss. What its writer gave no checksum can
 * be altered unseen: that a source is what it was is for the part's digest to say.
 */
export async function readParquet(connection: DuckDBConnection, input: IngestInput): Promise<SourceRows> {
  const faults = await faultsOf(connection, input)
  if (faults.length > 0) return refusal(faults, input.part)
  await keepSample(connection, input, 'rows')
  return {
    state: 'readable',
    from: 'SELECT * FROM rows',
    unparsable: { rows: 0, file: null, failures: [] },
  }
}

async function faultsOf(connection: DuckDBConnection, input: IngestInput): Promise<readonly PartFault[]> {
  const path = quotePath(input.file.$file)
  try {
    const names = await topLevelNames(connection, path)
    const types = await typesOf(connection, path)
    const faults = [
      ...duplicateNames(names),
      ...missingColumns(names, input.columns),
      ...input.columns.flatMap((column) => typeFaults(column, types.get(column.name))),
    ]
    return faults.length > 0 ? faults : await load(connection, path, input.columns)
  } catch (error) {
    const damage = damageOf(error)
    if (damage === undefined) throw error
    return [{ row: null, column: null, expected: 'a sound Parquet file', got: damage }]
  }
}

/** Reads every value once, into the table `rows`: what is damaged shows here, before a row is used. */
async function load(
  connection: DuckDBConnection,
  path: string,
  columns: readonly StoredColumn[],
): Promise<readonly PartFault[]> {
  const casts = columns.map(({ name, type }) => `${quoteName(name)}::${storedType(type)} AS ${quoteName(name)}`)
  await connection.run(
    `CREATE TEMP TABLE rows AS SELECT ${casts.join(', ')}, file_row_number AS "$row" FROM read_parquet(${path}, hive_partitioning = false)`,
  )
  const [[declared, read] = []] = await plainRows(
    connection,
    `SELECT num_rows, read FROM parquet_file_metadata(${path}), (SELECT count(*) AS read FROM rows)`,
  )
  if (declared === read) return []
  return [{ row: null, column: null, expected: `${String(declared)} rows, as its footer says`, got: String(read) }]
}

/** As the file has them: `DESCRIBE` would show the second `a` as `a_1`. */
async function topLevelNames(connection: DuckDBConnection, path: string): Promise<readonly string[]> {
  const found = await plainRows(connection, `SELECT name, coalesce(num_children, 0) FROM parquet_schema(${path})`)
  const names: string[] = []
  let nested = 0
  for (const [name, children] of found.slice(1)) {
    if (nested === 0) names.push(String(name))
    else nested -= 1
    nested += Number(children)
  }
  return names
}

async function typesOf(connection: DuckDBConnection, path: string): Promise<ReadonlyMap<string, string>> {
  const found = await plainRows(
    connection,
    `SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet(${path}, hive_partitioning = false))`,
  )
  return new Map(found.map(([name, type]) => [String(name), String(type)]))
}

function typeFaults({ name, type }: StoredColumn, got: string | undefined): readonly PartFault[] {
  if (got === undefined) return []
  const { accepted, remedy } = lossless(type)
  if (accepted.test(got)) return []
  return [
    { row: null, column: name, expected: `${storedType(type)} or a type that it holds without loss${remedy}`, got },
  ]
}

/** What DuckDB says of a file holds paths and may hold values; undefined where the file is not to blame. */
function damageOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { message } = error
  if (/no magic bytes|too small to be a parquet/i.test(message)) return 'no Parquet footer'
  if (/crc|checksum/i.test(message)) return 'a page whose checksum does not match'
  if (/utf-?8/i.test(message)) return 'text that is not UTF-8'
  if (/encrypt/i.test(message)) return 'an encrypted file'
  if (/out of memory|no space|no files found|cannot open|could not (write|allocate)/i.test(message)) return undefined
  if (
    /^(IO|Invalid Input|Invalid|Serialization|TProtocolException|Conversion|Out of Range|INTERNAL|Not implemented)/i.test(
      message,
    )
  )
    return 'damaged pages or metadata'
  return undefined
}
