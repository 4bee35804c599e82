import { rm } from 'node:fs/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { DatasetPart } from './dataset.ts'
import { quoteName, quotePath } from './duckdb.ts'
import { lossless } from './lossless.ts'
import { duplicateNames, missingColumns } from './named-columns.ts'
import { plainRows, plainValue } from './plain-rows.ts'
import { isSampled } from './sample.ts'
import { NOTHING_UNPARSABLE, refusal } from './source-rows.ts'
import type { IngestedPart, IngestInput, PartFault } from './source-rows.ts'
import type { StoredColumn } from '../dsl/lifecycle/nodes.ts'
import { storedType } from './stored-type.ts'
import { writeRows } from './write-rows.ts'

/**
 * The rows of a Parquet file whose types hold what the contract says without loss. What its writer gave no checksum can
 * be altered unseen: that a source is what it was is for the part's digest to say.
 */
export async function ingestParquet(connection: DuckDBConnection, input: IngestInput): Promise<IngestedPart> {
  try {
    const footer = await footerOf(connection, quotePath(input.file.$file))
    const faults = await schemaFaults(connection, input, footer)
    if (faults.length > 0) return refusal(faults, input.part)
    const part = await writeRows(connection, input, `SELECT * FROM (${rowsOf(input)}) WHERE ${isSampled(input)}`)
    const read = await rowsRead(connection, input, part)
    if (read === footer.rows) return { state: 'read', part, unparsable: NOTHING_UNPARSABLE }
    await rm(part.file.$file)
    const expected = `${footer.rows} rows, as its footer says`
    return refusal([{ row: null, column: null, expected, got: String(read) }], input.part)
  } catch (error) {
    const got = damageOf(error)
    if (got === undefined) throw error
    return refusal([{ row: null, column: null, expected: 'a sound Parquet file', got }], input.part)
  }
}

function rowsOf({ file, columns }: IngestInput): string {
  const casts = columns.map(({ name, type }) => `${quoteName(name)}::${storedType(type)} AS ${quoteName(name)}`)
  const path = quotePath(file.$file)
  return `SELECT ${casts.join(', ')}, file_row_number AS "$row" FROM read_parquet(${path}, hive_partitioning = false)`
}

/** How many rows the file turned out to have. Each value was read, so that damage has shown by now. */
async function rowsRead(connection: DuckDBConnection, input: IngestInput, { rows }: DatasetPart): Promise<number> {
  if (input.sample === undefined) return rows
  const values = input.columns.map(({ name }) => `count(${quoteName(name)})`)
  const [found] = await plainRows(connection, `SELECT count("$row"), ${values.join(', ')} FROM (${rowsOf(input)})`)
  return Number(found?.[0])
}

interface Footer {
  readonly rows: number
  readonly columns: readonly { readonly name: string; /** Null of a nested one. */ readonly type: string | null }[]
}

/** As the file has it: `DESCRIBE` would show the second column `a` as `a_1`. */
async function footerOf(connection: DuckDBConnection, path: string): Promise<Footer> {
  const found = await plainRows(
    connection,
    `SELECT name, coalesce(num_children, 0), CASE WHEN repetition_type <> 'REPEATED' THEN duckdb_type END,
      (SELECT num_rows FROM parquet_file_metadata(${path})) FROM parquet_schema(${path})`,
  )
  const columns: Footer['columns'][number][] = []
  let nested = 0
  for (const [name, children, type] of found.slice(1)) {
    if (nested === 0) columns.push({ name: String(name), type: type === null ? null : String(type) })
    else nested -= 1
    nested += Number(children)
  }
  return { rows: Number(found[0]?.[3]), columns }
}

async function schemaFaults(
  connection: DuckDBConnection,
  { file, columns }: IngestInput,
  footer: Footer,
): Promise<readonly PartFault[]> {
  const names = footer.columns.map(({ name }) => name)
  const faults = [...duplicateNames(names), ...missingColumns(names, columns)]
  for (const column of columns) {
    const found = footer.columns.find(({ name }) => name === column.name)
    if (found === undefined) continue
    faults.push(...typeFaults(column, found.type ?? (await nestedType(connection, quotePath(file.$file), column.name))))
  }
  return faults
}

async function nestedType(connection: DuckDBConnection, path: string, name: string): Promise<string> {
  const described = `DESCRIBE SELECT ${quoteName(name)} FROM read_parquet(${path}, hive_partitioning = false)`
  return String(await plainValue(connection, `SELECT column_type FROM (${described})`))
}

function typeFaults({ name, type }: StoredColumn, got: string): readonly PartFault[] {
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
