import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { DatasetPart, SourcePart } from '../../data/dataset.ts'
import { quotePath, withDuckDb } from '../../data/duckdb.ts'
import { ingestPart } from '../../data/ingest.ts'
import type { IngestedPart } from '../../data/source-rows.ts'
import type { AnyContract } from '../../dsl/contract.ts'
import type { SourceFormat } from '../../dsl/lifecycle/source.ts'

export const ENGINE = { memoryMib: 256, threads: 2 }

/** An empty folder that is the current one, as a child has it, until the test ends. */
export async function workingFolder(): Promise<string> {
  const before = process.cwd()
  const folder = await mkdtemp(join(tmpdir(), 'anneal-data-'))
  process.chdir(folder)
  onTestFinished(async () => {
    process.chdir(before)
    await rm(folder, { recursive: true, force: true })
  })
  return folder
}

export async function sha256(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
}

export function storedColumns({ columns }: AnyContract): readonly Pick<AnyContract['columns'][number], Stored>[] {
  return columns.map(({ name, type, nullable, outcome }) => ({ name, type, nullable, outcome }))
}

type Stored = 'name' | 'type' | 'nullable' | 'outcome'

export async function ingest(
  from: AnyContract,
  {
    path,
    format,
    threads = ENGINE.threads,
  }: { readonly path: string; readonly format: SourceFormat; readonly threads?: number },
): Promise<IngestedPart> {
  const part: SourcePart = { name: `data/${path}`, digest: await sha256(path), bytes: 0 }
  return ingestPart(
    {
      file: { $file: path },
      format,
      columns: storedColumns(from),
      key: from.key,
      time: from.time,
      part,
      pii: Object.fromEntries(from.columns.map(({ name, pii }) => [name, pii])),
    },
    (use) => withDuckDb({ ...ENGINE, threads }, use),
  )
}

export async function ingestCsv(
  from: AnyContract,
  content: string | Buffer,
  { delimiter = ',', nullText = null }: { readonly delimiter?: string; readonly nullText?: string | null } = {},
): Promise<IngestedPart> {
  await writeFile('source.csv', content)
  return ingest(from, { path: 'source.csv', format: { type: 'csv', delimiter, nullText } })
}

/** Writes a query's rows as Parquet and reads them as a part. */
export async function ingestQuery(from: AnyContract, query: string): Promise<IngestedPart> {
  await withDuckDb(ENGINE, (connection) => connection.run(`COPY (${query}) TO 'source.parquet' (FORMAT parquet)`))
  return ingest(from, { path: 'source.parquet', format: { type: 'parquet' } })
}

export function readPart(ingested: IngestedPart): DatasetPart {
  if (ingested.state === 'read') return ingested.part
  throw new Error(`expected a part that is read, got ${JSON.stringify(ingested.failures)}`)
}

/** Each row as an object of text, in the order of the file. */
export async function rowsIn(path: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return withDuckDb(ENGINE, async (connection) => {
    const found = await connection.runAndReadAll(`SELECT * FROM read_parquet(${quotePath(path)})`)
    return found.getRowObjectsJson()
  })
}
