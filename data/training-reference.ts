import { writeFile } from 'node:fs/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Split } from '../dsl/lifecycle/nodes.ts'
import type { FileRef } from './dataset.ts'
import { quoteName, withDuckDb } from './duckdb.ts'
import type { FeatureColumn } from './feature-table.ts'
import { heldOut, parquet } from './holdout.ts'
import { cellsOf, countsByUnit } from './reference-cells.ts'

/** What a feature's values are sorted into. */
export type Cells =
  /**
   * Upper edges, ascending; a value is in the first cell whose edge is not below it, beyond the last edge in one more.
   * `bins`: of each cell, which of ten bins of equal share it is a part of; equal edges make fewer.
   */
  | { readonly type: 'number'; readonly edges: readonly number[]; readonly bins: readonly number[] }
  /** The most frequent values, the most frequent first; all others are one more cell. */
  | { readonly type: 'string'; readonly values: readonly string[] }
  /** `false`, `true`. */
  | { readonly type: 'boolean' }

export interface FeatureReference {
  readonly cells: Cells
  /** Rows by cell, of one unit of time after another. */
  readonly units: readonly (readonly number[])[]
}

/** What the rows that a model was trained on are like. */
export interface Reference {
  readonly unitMillis: number
  readonly rows: number
  readonly features: Readonly<Record<string, FeatureReference>>
}

export interface ReferenceInput {
  readonly table: { readonly file: FileRef; readonly asOf: string | null }
  readonly split: Split
  readonly features: readonly FeatureColumn[]
  readonly unitMillis: number
}

const FILE = 'reference.json'

/** Writes `reference.json`, a `Reference`, into the current folder. Units end where training ends: the oldest may be cut short. */
export async function trainingReference(input: ReferenceInput): Promise<{ readonly reference: FileRef }> {
  const { table, split, features, unitMillis } = input
  const reference = await withDuckDb({ memoryMib: 500, threads: 2 }, async (connection): Promise<Reference> => {
    const columns = features.map(({ name }) => quoteName(name))
    await connection.run(`create temp view training as select ${['"$time"', ...columns].join(', ')}
      from ${parquet([table.file])} where not (${heldOut(table, split)})`)
    await numberUnits(connection, unitMillis)
    const found = new Map<string, FeatureReference>()
    for (const feature of features) {
      const cells = await cellsOf(connection, feature)
      found.set(feature.name, { cells, units: await countsByUnit(connection, feature.name, cells) })
    }
    const [row] = (await connection.runAndReadAll('select count(*)::double from training')).getRows()
    return { unitMillis, rows: Number(row?.[0] ?? 0), features: Object.fromEntries(found) }
  })
  await writeFile(FILE, JSON.stringify(reference))
  return { reference: { $file: FILE } }
}

/** The view `numbered` has the rows with `$unit`, from 0, the newest first. */
async function numberUnits(connection: DuckDBConnection, unitMillis: number): Promise<void> {
  await connection.run(`create temp table newest as select max(epoch_us("$time")) as us from training`)
  await connection.run(`create temp view numbered as
    select ((select us from newest) - epoch_us("$time")) // ${unitMillis * 1000} as "$unit", * from training`)
}
