/**
 * Cuts the three million flights of the npm package `vega-datasets` (first half of 2001) into one Parquet file a day, as
 * a source that grows: `node setup/run.mjs pipelines/flight-delay/cut-days.ts --from 2001-01-01 --to 2001-03-31 --out source-data/flights`.
 * A day that is there stays as it is; the same day always has the same bytes.
 */
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'

const DAY_MILLIS = 24 * 60 * 60 * 1000

interface Cut {
  readonly days: readonly string[]
  readonly out: string
  /** Says nothing where there is nothing to cut. */
  readonly quiet: boolean
}

try {
  const said = await cutDays(requested())
  if (said !== undefined) process.stdout.write(`${said}\n`)
} catch (error) {
  if (!(error instanceof Error)) throw error
  process.stderr.write(`cut-days: ${error.message}\n`)
  process.exitCode = 1
}

function requested(): Cut {
  const { values } = parseArgs({
    options: {
      from: { type: 'string', default: '2001-01-01' },
      to: { type: 'string', default: '2001-03-31' },
      out: { type: 'string', default: 'source-data/flights' },
      quiet: { type: 'boolean', default: false },
    },
  })
  const [from, to] = [dayMillis('--from', values.from), dayMillis('--to', values.to)]
  if (from > to) throw new Error(`--to: expected a day from ${values.from} on, got ${values.to}; swap the two`)
  const length = (to - from) / DAY_MILLIS + 1
  return {
    days: Array.from({ length }, (_, day) => dayName(from + day * DAY_MILLIS)),
    out: values.out,
    quiet: values.quiet,
  }
}

function dayMillis(option: string, text: string): number {
  const millis = Date.parse(`${text}T00:00:00Z`)
  if (Number.isFinite(millis) && dayName(millis) === text) return millis
  throw new Error(`${option}: expected a day such as 2001-01-31, got "${text}"; correct it`)
}

function dayName(millis: number): string {
  return new Date(millis).toISOString().slice(0, 10)
}

async function cutDays({ days, out, quiet }: Cut): Promise<string | undefined> {
  await mkdir(out, { recursive: true })
  const wanted = days.filter((day) => !existsSync(partPath(out, day)))
  if (wanted.length > 0) await cut(wanted, out)
  if (quiet && wanted.length === 0) return undefined
  return `${out}: ${days.length} days, ${wanted.length} cut, ${days.length - wanted.length} there already`
}

function partPath(out: string, day: string): string {
  return join(out, `flights-${day}.parquet`)
}

async function cut(days: readonly string[], out: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { autoinstall_known_extensions: 'false', threads: '2' })
  const connection = await instance.connect()
  try {
    await connection.run(
      `CREATE TABLE flights AS SELECT date, delay, distance, origin, destination, file_row_number AS place
       FROM read_parquet(${quoted(sourcePath())}) WHERE date >= ${quoted(days[0])}::TIMESTAMP`,
    )
    for (const day of days) await writeDay(connection, { day, path: partPath(out, day) })
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

/** The package exports its main file only; the data lies beside that. */
function sourcePath(): string {
  const path = join(dirname(createRequire(import.meta.url).resolve('vega-datasets')), '../data/flights-3m.parquet')
  if (existsSync(path)) return path
  throw new Error('vega-datasets: expected data/flights-3m.parquet in the package, got none; run npm ci')
}

/** Takes the part's name only when it is whole, so that a killed run leaves no half of a day behind. */
async function writeDay(
  connection: DuckDBConnection,
  { day, path }: { readonly day: string; readonly path: string },
): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  const start = `${quoted(day)}::TIMESTAMP`
  try {
    const written = await connection.runAndReadAll(
      `COPY (SELECT * EXCLUDE place FROM flights WHERE date >= ${start} AND date < ${start} + INTERVAL 1 DAY
       ORDER BY date, place) TO ${quoted(temporary)} (FORMAT parquet, COMPRESSION zstd)`,
    )
    if (Number(written.getRowsJS()[0]?.[0]) === 0) {
      throw new Error(`${day}: expected flights on that day, got none; the data goes from 2001-01-01 to 2001-07-01`)
    }
    await rename(temporary, path)
  } finally {
    await rm(temporary, { force: true })
  }
}

function quoted(text = ''): string {
  return `'${text.replaceAll("'", "''")}'`
}
