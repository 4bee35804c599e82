import {
  DuckDBBooleanVector,
  DuckDBDoubleVector,
  DuckDBFloatVector,
  DuckDBVarCharVector,
  type DuckDBConnection,
  type DuckDBDataChunk,
  type DuckDBVector,
} from '@duckdb/node-api'

/** Rows a batch: eight of DuckDB's chunks, so that a batch holds whole ones. */
export const BATCH_ROWS = 16_384

/** What a query's FLOAT, DOUBLE, BOOLEAN (0 or 1) or VARCHAR becomes. Only `text` may be null. */
export interface Arrays {
  readonly float: Float32Array
  readonly double: Float64Array
  readonly boolean: Uint8Array
  readonly string: string[]
  readonly text: (string | null)[]
}

export type ColumnKind = keyof Arrays
type Values = Arrays[ColumnKind]

/** Up to `BATCH_ROWS` rows. The arrays have that length, and are used again for the next batch. */
export interface Batch {
  readonly rows: number
  /** The first row's place among all rows, from 0. */
  readonly firstRow: number
  /** In the order of the query. */
  readonly columns: readonly Values[]
}

/**
 * Streams a query's rows in their order, a kind for each of its columns. Reads the vectors of DuckDB's chunks as they
 * are: row objects take seventeen times as long. Throws where a column is of another type or has a null.
 */
export async function* readBatches(
  connection: DuckDBConnection,
  { sql, kinds }: { readonly sql: string; readonly kinds: readonly ColumnKind[] },
): AsyncGenerator<Batch> {
  const result = await connection.stream(sql)
  const columns = kinds.map((kind) => ({ kind, values: arrayOf(kind, BATCH_ROWS) }))
  const batchOf = (firstRow: number, rows: number): Batch => ({
    rows,
    firstRow,
    columns: columns.map(({ values }) => values),
  })
  let [rows, firstRow] = [0, 0]
  let chunk = await result.fetchChunk()
  while (chunk !== null && chunk.rowCount > 0) {
    if (rows + chunk.rowCount > BATCH_ROWS) {
      yield batchOf(firstRow, rows)
      firstRow += rows
      rows = 0
    }
    for (const [index, column] of columns.entries()) copyColumn(chunk, { ...column, index, at: rows })
    rows += chunk.rowCount
    chunk = await result.fetchChunk()
  }
  if (rows > 0) yield batchOf(firstRow, rows)
}

/** All `rows` rows of a query whose columns, `count` of them, are of one kind. Throws where it has more or fewer. */
export async function readColumns<Kind extends ColumnKind>(
  connection: DuckDBConnection,
  query: { readonly sql: string; readonly kind: Kind; readonly count: number; readonly rows: number },
): Promise<readonly Arrays[Kind][]> {
  const { sql, kind, count, rows } = query
  const whole = Array.from({ length: count }, () => arrayOf(kind, rows))
  let read = 0
  for await (const batch of readBatches(connection, { sql, kinds: whole.map(() => kind) })) {
    read += batch.rows
    if (read > rows) break
    for (const [index, to] of whole.entries()) append(to, { from: batch.columns[index], batch })
  }
  if (read !== rows) throw new Error(`query: expected ${rows} rows, got ${read > rows ? 'more' : read}`)
  // `arrayOf` has made each of this kind.
  return whole as Arrays[Kind][]
}

function arrayOf(kind: ColumnKind, rows: number): Values {
  switch (kind) {
    case 'float':
      return new Float32Array(rows)
    case 'double':
      return new Float64Array(rows)
    case 'boolean':
      return new Uint8Array(rows)
    case 'string':
    case 'text':
      return Array.from({ length: rows }, () => '')
  }
}

function append(to: Values, { from, batch }: { readonly from: Values | undefined; readonly batch: Batch }): void {
  const { rows, firstRow } = batch
  if (from === undefined) return
  if (!Array.isArray(to) && !Array.isArray(from)) to.set(from.subarray(0, rows), firstRow)
  else if (Array.isArray(to)) for (let row = 0; row < rows; row += 1) to[firstRow + row] = textOf(from[row])
}

/** Arrays of text come with text only. */
function textOf(value: string | number | null | undefined): string | null {
  return typeof value === 'string' ? value : null
}

interface Target {
  readonly kind: ColumnKind
  readonly values: Values
  /** The column's place in the query. */
  readonly index: number
  /** The place in `values` to begin at. */
  readonly at: number
}

function copyColumn(chunk: DuckDBDataChunk, { kind, values, index, at }: Target): void {
  const vector = chunk.getColumnVector(index)
  const rows = chunk.rowCount
  if (!copyVector(vector, { values, rows, at })) {
    throw new Error(`column ${index}: expected a ${kind}, got ${vector.type.toString()}`)
  }
  if (kind !== 'text' && hasNull(vector, rows)) {
    throw new Error(`column ${index}: expected a value in every row, got null`)
  }
}

interface Place {
  readonly values: Values
  readonly rows: number
  readonly at: number
}

function copyVector(vector: DuckDBVector, { values, rows, at }: Place): boolean {
  if (vector instanceof DuckDBFloatVector && values instanceof Float32Array) {
    values.set(memoryOf(vector).items.subarray(0, rows), at)
  } else if (vector instanceof DuckDBDoubleVector && values instanceof Float64Array) {
    values.set(memoryOf(vector).items.subarray(0, rows), at)
  } else if (vector instanceof DuckDBBooleanVector && values instanceof Uint8Array) {
    const { buffer, byteOffset } = memoryOf(vector).dataView
    values.set(new Uint8Array(buffer, byteOffset, rows), at)
  } else if (vector instanceof DuckDBVarCharVector && Array.isArray(values)) {
    for (let row = 0; row < rows; row += 1) values[at + row] = vector.getItem(row) ?? null
  } else return false
  return true
}

/** Behind a null stand arbitrary bits. */
function hasNull(vector: DuckDBVector, rows: number): boolean {
  if (!mayHaveNull(vector)) return false
  for (let row = 0; row < rows; row += 1) if (vector.getItem(row) === null) return true
  return false
}

/** A chunk keeps a mask only where it may have a null; asking for each value would take longer than to copy it. */
function mayHaveNull(vector: DuckDBVector): boolean {
  return memoryOf(vector).validity.data !== null
}

/** What the client's vectors hold: numbers `items`, the others `dataView`. */
interface Memory {
  readonly items: Float32Array | Float64Array
  readonly dataView: DataView
  readonly validity: { readonly data: BigUint64Array | null }
}

/**
 * A chunk's own memory. DuckDB's client has these fields and documents them nowhere: this is the only cast that knows
 * them, and the tests of this file break where a new version changes them.
 */
function memoryOf(vector: DuckDBVector): Memory {
  return vector as unknown as Memory
}
