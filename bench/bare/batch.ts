import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'

/**
 * The peer of a batch run: what `pipelines/flight-delay.ts` does up to a measured model, by hand. DuckDB for the data, then
 * one Python process for the model. Nothing is hashed, claimed, resumable, exported or signed.
 * Arguments: the folder of parts, a folder to write to, the trainer's Python.
 */
const [source = '', out = '', python = ''] = process.argv.slice(2)

const AS_OF = `TIMESTAMP '2001-04-01'`
const SOUND = `date IS NOT NULL AND distance > 0 AND regexp_matches(origin, '^[A-Z]{3}$')
  AND regexp_matches(destination, '^[A-Z]{3}$') AND delay BETWEEN -120 AND 1440`

const instance = await DuckDBInstance.create(':memory:')
const connection = await instance.connect()
await timed('ingest', () => ingest(connection))
await timed('validate', () => validate(connection))
await timed('features', () => buildFeatures(connection))
connection.closeSync()
instance.closeSync()
await timed('model', () => trainAndMeasure())

async function timed(step: string, work: () => Promise<unknown>): Promise<void> {
  const begun = performance.now()
  await work()
  process.stdout.write(`${JSON.stringify({ step, seconds: (performance.now() - begun) / 1000 })}\n`)
}

/** Typed, in order, with each row's file and place. */
function ingest(sql: DuckDBConnection): Promise<unknown> {
  return sql.run(`
    COPY (
      SELECT date, delay::BIGINT AS delay, distance::BIGINT AS distance, origin, destination,
        parse_filename(filename) AS part, file_row_number AS place
      FROM read_parquet('${source}/*.parquet', filename = true, file_row_number = true)
      WHERE date < ${AS_OF} ORDER BY part, place
    ) TO '${out}/flights.parquet' (FORMAT parquet, COMPRESSION zstd)`)
}

/** The rows that break the contract go to a file of their own, and every column of the others is measured. */
async function validate(sql: DuckDBConnection): Promise<void> {
  const flights = `read_parquet('${out}/flights.parquet')`
  await sql.run(`COPY (FROM ${flights} WHERE NOT coalesce(${SOUND}, false)) TO '${out}/quarantine.parquet'`)
  await sql.run(`CREATE TABLE flights AS FROM ${flights} WHERE ${SOUND}`)
  await sql.run(`
    CREATE TABLE measures AS SELECT count(*), count(date), min(date), max(date), approx_count_distinct(date),
      ${['delay', 'distance'].map((name) => `count(${name}), min(${name}), max(${name}), avg(${name}), approx_count_distinct(${name})`).join(', ')},
      ${['origin', 'destination'].map((name) => `count(${name}), count(DISTINCT ${name})`).join(', ')}
    FROM flights`)
}

/**
 * Running totals by airport and minute in one stream over all airports, and each window as the difference of two look-ups,
 * airports and times being integers. The fastest of what was tried: `RANGE` windows, and look-ups by name over totals
 * `PARTITION BY` airport, took more than twice as long.
 */
async function buildFeatures(sql: DuckDBConnection): Promise<void> {
  await sql.run(`
    CREATE TABLE airports AS SELECT row_number() OVER (ORDER BY name)::INTEGER AS id, name
    FROM (SELECT origin AS name FROM flights UNION SELECT destination FROM flights)`)
  await sql.run(`
    CREATE TABLE numbered AS SELECT f.*, o.id AS origin_id, d.id AS destination_id, epoch_us(date) AS t
    FROM flights f JOIN airports o ON o.name = origin JOIN airports d ON d.name = destination`)
  await runningTotals(sql, 'origin')
  await runningTotals(sql, 'destination')
  await sql.run(`
    COPY (
      SELECT hour(date)::FLOAT AS hour, isodow(date)::FLOAT AS weekday, distance::FLOAT AS distance, origin, destination,
        coalesce(origin_late_24h, 0.2)::FLOAT AS origin_late_24h, coalesce(origin_late_7d, 0.2)::FLOAT AS origin_late_7d,
        coalesce(destination_late_24h, 0.2)::FLOAT AS destination_late_24h,
        coalesce(origin_delay_6h, 0)::FLOAT AS origin_delay_6h, delay > 15 AS late, date, part, place
      FROM numbered
      LEFT JOIN (
        SELECT n.id AS origin_id, n.t, ${share('d')} AS origin_late_24h, ${share('w')} AS origin_late_7d,
          (n.delay - h.delay) / nullif(n.flights - h.flights, 0) AS origin_delay_6h
        FROM ${now('origin')} ${before('origin', 'd', 24)} ${before('origin', 'w', 168)} ${before('origin', 'h', 6)}
      ) USING (origin_id, t)
      LEFT JOIN (
        SELECT n.id AS destination_id, n.t, ${share('d')} AS destination_late_24h
        FROM ${now('destination')} ${before('destination', 'd', 24)}
      ) USING (destination_id, t)
      WHERE date <= ${AS_OF} - INTERVAL 6 HOURS AND date >= ${AS_OF} - INTERVAL 90 DAYS ORDER BY date, part, place
    ) TO '${out}/features.parquet' (FORMAT parquet, COMPRESSION zstd)`)
}

/** What is known of an airport's flights once those up to and with time `known` have landed. */
function runningTotals(sql: DuckDBConnection, airport: string): Promise<unknown> {
  const totals = ['flights', 'late', 'delay'].map((name) => `(sum(${name}) OVER past)::BIGINT AS ${name}`)
  return sql.run(`
    CREATE TABLE by_${airport} AS SELECT id, known, ${totals.join(', ')}
    FROM (FROM (
      SELECT ${airport}_id AS id, t + ${micros(6)} AS known,
        count(*)::BIGINT AS flights, count_if(delay > 15)::BIGINT AS late, sum(delay)::BIGINT AS delay
      FROM numbered GROUP BY ALL
      UNION ALL SELECT id, -4611686018427387904, 0, 0, 0 FROM airports
    ) ORDER BY id, known) WINDOW past AS (ROWS UNBOUNDED PRECEDING)`)
}

function now(airport: string): string {
  return `(
    SELECT a.id, a.t, e.flights, e.late, e.delay FROM (SELECT DISTINCT ${airport}_id AS id, t FROM numbered) a
    ASOF JOIN by_${airport} e ON a.id = e.id AND a.t > e.known) n`
}

function before(airport: string, name: string, hours: number): string {
  return `ASOF JOIN by_${airport} ${name} ON n.id = ${name}.id AND n.t - ${micros(hours)} > ${name}.known`
}

function share(name: string): string {
  return `(n.late - ${name}.late) / nullif(n.flights - ${name}.flights, 0)`
}

function micros(hours: number): number {
  return hours * 60 * 60 * 1_000_000
}

function trainAndMeasure(): Promise<void> {
  // Threads that spin while they wait cost a factor where anybody else wants the cores.
  const env = { ...process.env, OMP_WAIT_POLICY: 'passive' }
  const child = spawn(python, [join(import.meta.dirname, 'batch.py'), out], { env, stdio: 'inherit' })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`batch.py: exit ${String(code)}`))))
  })
}
