import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { copyFile, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { quotePath, withDuckDb } from '../../data/duckdb.ts'
import { sha256Of } from '../../store/artifacts.ts'
import { engineProgram } from '../../store/engine-program.ts'

const REPOSITORY = join(import.meta.dirname, '../..')
const SCRIPT = join(REPOSITORY, 'pipelines/flight-delay/cut-days.ts')
/** Cut once, by the script of these bytes. */
const DAYS = join(REPOSITORY, '.anneal', `test-days-${sha256Of(readFileSync(SCRIPT)).slice(0, 12)}`)

export interface Day {
  readonly file: string
  readonly start: string
}

/** A day of January 2001, of about 16,000 flights. */
export function day(number: number): Day {
  const date = `2001-01-${String(number).padStart(2, '0')}`
  return { file: `flights-${date}.parquet`, start: `${date}T00:00:00Z` }
}

/** Where the real flights of the first days of 2001 are, a file a day. Nobody writes there. */
async function cutDays(last: number): Promise<string> {
  const to = day(last).start.slice(0, 10)
  const [node, ...program] = engineProgram('pipelines/flight-delay/cut-days.ts')
  const args = [...program, '--from', '2001-01-01', '--to', to, '--out', DAYS]
  const cutting = spawn(node, args, { cwd: REPOSITORY, stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = await once(cutting, 'close')
  if (code !== 0) throw new Error(`cut-days: expected exit code 0, got ${String(code)}`)
  return DAYS
}

/** Lays the days into a folder; answers their paths. */
export async function layDays(folder: string, first: number, last: number): Promise<readonly string[]> {
  const from = await cutDays(last)
  await mkdir(folder, { recursive: true })
  const names = Array.from({ length: last - first + 1 }, (_, index) => day(first + index).file)
  await Promise.all(names.map((name) => copyFile(join(from, name), join(folder, name))))
  return names.map((name) => join(folder, name))
}

/** Writes a Parquet file: what a query finds in the flights of a day, whose table is `flights`. */
export async function writeFlights(path: string, number: number, query: string): Promise<string> {
  const from = quotePath(join(await cutDays(number), day(number).file))
  await mkdir(dirname(path), { recursive: true })
  await withDuckDb({ memoryMib: 500, threads: 1 }, async (connection) => {
    await connection.run(`CREATE VIEW flights AS SELECT *, file_row_number AS place FROM read_parquet(${from})`)
    await connection.run(`COPY (${query}) TO ${quotePath(path)} (FORMAT parquet, COMPRESSION zstd)`)
  })
  return path
}

/** The rows that a query finds, as JSON. `files`: paths by the name of the view that they become. */
export async function rowsOf(files: Readonly<Record<string, string>>, query: string): Promise<readonly unknown[]> {
  return withDuckDb({ memoryMib: 500, threads: 1 }, async (connection) => {
    for (const [name, path] of Object.entries(files))
      await connection.run(`CREATE VIEW ${name} AS SELECT * FROM read_parquet(${quotePath(path)})`)
    return (await connection.runAndReadAll(query)).getRowsJson()
  })
}
