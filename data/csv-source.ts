import { createReadStream, createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { CsvFormat } from '../dsl/lifecycle/source.ts'
import { cellReading, type CellReading } from './csv-cell.ts'
import { csvStructure, type CsvStructure } from './csv-structure.ts'
import type { RowFailure } from './dataset.ts'
import { quoteName, quotePath, quoteText } from './duckdb.ts'
import { duplicateNames, missingColumns } from './named-columns.ts'
import { plainRows, plainValue } from './plain-rows.ts'
import { isSampled } from './sample.ts'
import { shown } from './shown.ts'
import { NOTHING_UNPARSABLE, partMark, refusal } from './source-rows.ts'
import type { IngestedPart, IngestInput, Unparsable } from './source-rows.ts'
import { writeParquet } from './write-part.ts'
import { writeRows } from './write-rows.ts'

const MOST_FAILURES = 20

/** The rows of a CSV file, plain or gzip, whose structure is sound; the ones with unparsable cells are put aside. */
export async function ingestCsv(connection: DuckDBConnection, input: IngestInput): Promise<IngestedPart> {
  if (input.format.type !== 'csv') throw new TypeError('expected a CSV format')
  const unpacked = await unpackedPath(input.file.$file)
  if (unpacked === undefined) {
    const fault = { row: null, column: null, expected: 'a whole gzip file', got: 'one that is cut or damaged' }
    return refusal([fault], input.part)
  }
  const structure = await csvStructure(unpacked, input.format.delimiter)
  const isHeaderSound = structure.faults.every(({ row }) => row !== null)
  const failures = [
    ...structure.faults.map((fault) => ({ column: null, ...fault })),
    ...(isHeaderSound ? [...duplicateNames(structure.names), ...missingColumns(structure.names, input.columns)] : []),
  ]
  if (failures.length > 0) return refusal(failures, input.part)
  await loadText(connection, { path: unpacked, structure, format: input.format })
  if (input.sample !== undefined) await connection.run(`DELETE FROM cells WHERE NOT (${isSampled(input)})`)
  return parsedRows(connection, input, structure)
}

/** The file itself, or what is in it where it is gzip; undefined where that is damaged or cut. */
async function unpackedPath(path: string): Promise<string | undefined> {
  const file = await open(path)
  const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0)
  await file.close()
  if (buffer[0] !== 0x1f || buffer[1] !== 0x8b) return path
  try {
    await pipeline(createReadStream(path), createGunzip(), createWriteStream('unpacked.csv'))
    return 'unpacked.csv'
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) return undefined
    throw error
  }
}

/** Into the table `cells`: each field as text, by its place. */
async function loadText(
  connection: DuckDBConnection,
  { path, structure, format }: { readonly path: string; readonly structure: CsvStructure; readonly format: CsvFormat },
): Promise<void> {
  const columns = structure.names.map((_, index) => `'f${index}': 'VARCHAR'`).join(', ')
  const nulls = ['', ...(format.nullText === null ? [] : [format.nullText])].map(quoteText).join(', ')
  const options = [
    'auto_detect = false',
    `columns = {${columns}}`,
    'header = true',
    `delim = ${quoteText(format.delimiter)}`,
    `quote = '"', escape = '"'`,
    `nullstr = [${nulls}], allow_quoted_nulls = false`,
    'strict_mode = true',
    'hive_partitioning = false',
  ]
  await connection.run(
    `CREATE TEMP TABLE cells AS SELECT *, row_number() OVER () - 1 AS "$row" FROM read_csv(${quotePath(path)}, ${options.join(', ')})`,
  )
  const rows = await plainValue(connection, 'SELECT count(*) FROM cells')
  if (rows !== structure.records) {
    throw new Error(`csv: expected ${structure.records} rows from DuckDB as from our own reading, got ${String(rows)}`)
  }
}

interface ReadColumn extends CellReading {
  readonly name: string
  readonly text: string
}

async function parsedRows(
  connection: DuckDBConnection,
  input: IngestInput,
  { names }: CsvStructure,
): Promise<IngestedPart> {
  const columns = input.columns.map((column) => {
    const text = `f${names.indexOf(column.name)}`
    return { name: column.name, text, ...cellReading(column, text) }
  })
  const bad = columns.map(({ unparsable }) => unparsable).join(' OR ')
  const values = columns.map(({ value, name }) => `${value} AS ${quoteName(name)}`)
  const unparsable = await putAside(connection, { input, columns, bad })
  const sound = `SELECT ${values.join(', ')}, "$row" FROM cells WHERE NOT (${bad})`
  return { state: 'read', part: await writeRows(connection, input, sound), unparsable }
}

async function putAside(
  connection: DuckDBConnection,
  {
    input,
    columns,
    bad,
  }: { readonly input: IngestInput; readonly columns: readonly ReadColumn[]; readonly bad: string },
): Promise<Unparsable> {
  const rows = Number(await plainValue(connection, `SELECT count(*) FROM cells WHERE ${bad}`))
  if (rows === 0) return NOTHING_UNPARSABLE
  const texts = columns.map(({ name, text }) => {
    const isOpen = (input.pii[name] ?? null) === null
    return `${isOpen ? text : `CASE WHEN ${text} IS NULL THEN NULL ELSE '***' END`} AS ${quoteName(name)}`
  })
  const faults = columns.map(({ name, unparsable }) => `CASE WHEN ${unparsable} THEN ${quoteText(name)} END`)
  const marks = `${quoteText(partMark(input.part))} AS "$part", "$row", concat_ws(', ', ${faults.join(', ')}) AS "$faults"`
  const query = `SELECT ${marks}, ${texts.join(', ')} FROM cells WHERE ${bad} ORDER BY "$row"`
  await writeParquet(connection, query, 'unparsable.parquet')
  return {
    rows,
    file: { $file: 'unparsable.parquet' },
    failures: await firstFailures(connection, { input, columns, bad }),
  }
}

async function firstFailures(
  connection: DuckDBConnection,
  {
    input,
    columns,
    bad,
  }: { readonly input: IngestInput; readonly columns: readonly ReadColumn[]; readonly bad: string },
): Promise<readonly RowFailure[]> {
  const cells = columns.map(({ text, unparsable }) => `CASE WHEN ${unparsable} THEN ${text} END`)
  const found = await plainRows(
    connection,
    `SELECT "$row", ${cells.join(', ')} FROM cells WHERE ${bad} ORDER BY "$row" LIMIT ${MOST_FAILURES}`,
  )
  return found
    .flatMap(([row, ...texts]) =>
      columns.flatMap(({ name, expected }, index): readonly RowFailure[] => {
        const text = texts[index]
        if (typeof text !== 'string') return []
        const got = shown(text, input.pii[name] ?? null)
        return [{ part: input.part.name, row: Number(row), column: name, expected, got }]
      }),
    )
    .slice(0, MOST_FAILURES)
}
