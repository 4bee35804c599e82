import { DuckDBInstance } from '@duckdb/node-api'
import { join, resolve } from 'node:path'
import { temporaryFolder } from '../children/code-units.ts'
import type { TrainerParams } from '../../dsl/trainer.ts'
import type { Algorithm, Job } from './trainer.ts'

const FLIGHTS = resolve(import.meta.dirname, '../../node_modules/vega-datasets/data/flights-3m.parquet')

export const FEATURES: Job['features'] = [
  { name: 'hour', type: 'number' },
  { name: 'distance', type: 'number' },
  { name: 'speed', type: 'number' },
  { name: 'weekend', type: 'boolean' },
  { name: 'origin', type: 'string' },
  { name: 'destination', type: 'string' },
]

const LABELS = {
  binary: 'delay > 15',
  regression: 'delay::double',
  multiclass: "case when delay < 0 then 'early' when delay > 15 then 'late' else 'in time' end",
}

const AS_OF = '2001-07-01T00:00:00.000000Z'
const HOLDOUT_MILLIS = 45 * 86_400_000

export const IN_TIME_HOLDOUT = `"$time" >= timestamp '2001-05-17'`
export const IN_KEY_HOLDOUT = '"$bucket" < 0.3'

const PARAMS: Readonly<Record<Algorithm, TrainerParams>> = {
  lightgbm: { rounds: 45 },
  linear: {},
  'random-forest': { trees: 20, min_rows_in_leaf: 50 },
  mlp: { epochs: 8, width: 32, batch_rows: 256 },
}

/** A job over `table`: 45 rounds of LightGBM in segments of 20, with the newest examples held out. */
export function aJob(table: string, job: Partial<Job> = {}): Job {
  const { algorithm = 'lightgbm' } = job
  return {
    table,
    features: FEATURES,
    task: 'binary',
    algorithm,
    params: PARAMS[algorithm],
    split: { by: 'time', holdoutMillis: HOLDOUT_MILLIS },
    asOf: AS_OF,
    checkpoint: null,
    ...job,
  }
}

export interface TableOptions {
  readonly task?: Job['task']
  /** SQL over the finished columns. */
  readonly where?: string
  /** Of `select * replace (…)`. */
  readonly replace?: string
  readonly rows?: number
}

/** A feature table of real flights of the first half of 2001, from the same rows each time. */
export async function aTable({ task = 'binary', where, replace, rows = 20_000 }: TableOptions = {}): Promise<string> {
  const path = join(await temporaryFolder(), 'features.parquet')
  const replaced = replace === undefined ? '' : `replace (${replace})`
  await query(`copy (
    select * ${replaced} from (
      select date as "$time", (hash(date, origin, destination, delay, distance) % 1000000) / 1e6 as "$bucket",
        hour(date)::float as hour, distance::float as distance, (distance / 7.3 + hour(date))::float as speed,
        dayofweek(date) in (0, 6) as weekend, origin, destination, ${LABELS[task]} as "$label"
      from '${FLIGHTS}' where date < timestamp '2001-07-01' and hash(date, origin, destination, delay, distance) % 128 = 0
      order by hash(delay, distance, destination, origin, date), date limit ${rows}
    ) where ${where ?? 'true'} order by "$time", "$bucket", origin, destination
  ) to '${path}' (format parquet)`)
  return path
}

/** Columns by name. */
export async function query(sql: string): Promise<Readonly<Record<string, readonly unknown[]>>> {
  const connection = await (await DuckDBInstance.create(':memory:', { threads: '2' })).connect()
  try {
    return (await connection.runAndReadAll(sql)).getColumnsObjectJS()
  } finally {
    connection.closeSync()
  }
}
