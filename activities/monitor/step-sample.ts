import { createHash } from 'node:crypto'
import type { LoggedPrediction } from '../../store/traffic.ts'
import { nameOf } from '../../store/model-version.ts'

type Logged = LoggedPrediction['features'][string]

/** Some of a step's predictions, each request as likely as any other, column by column; all columns are of one length. */
export interface StepSample {
  readonly ids: readonly string[]
  /** `flight-delay@3`, of each row. */
  readonly versions: readonly string[]
  /** Null where a row's version has no such feature. */
  readonly features: Readonly<Record<string, readonly Logged[]>>
  readonly predictions: readonly (readonly number[])[]
  /** The columns that the label stands on, outcomes apart. */
  readonly request: Readonly<Record<string, readonly Logged[]>>
  /** By feature: rows in which a column that it reads was null. */
  readonly missing: Readonly<Record<string, number>>
}

/** Of the rows whose outcomes were told. */
export interface LabelledSample extends Pick<StepSample, 'ids' | 'versions' | 'predictions'> {
  readonly labels: readonly (number | boolean | string)[]
}

export interface SampleColumns {
  /** Columns of the request that the label reads. */
  readonly label: readonly string[]
  /** By feature: the columns of the request that it reads. */
  readonly features: Readonly<Record<string, readonly string[]>>
}

const MOST_ROWS = 5000

/** Gathers a sample from predictions as they come, in any order; holds no more than twice `MOST_ROWS`. */
export interface Sampler {
  readonly add: (prediction: LoggedPrediction) => void
  readonly take: (columns: SampleColumns) => StepSample
}

interface Drawn {
  readonly prediction: LoggedPrediction
  /** In [0, 1) over its weight: below any threshold up to 1 / weight it is as often as it stands for requests. */
  readonly place: number
}

/**
 * Takes those with the lowest hash of their id over their weight: Poisson sampling with probabilities in proportion to the
 * weights (Ohlsson, "Sequential Poisson sampling", J. Official Statistics 14(2), 1998), so that the rows stand for one number
 * of requests each, and every attempt takes the same ones.
 */
export function sampler(): Sampler {
  let drawn: Drawn[] = []
  let heaviest = 1
  const cut = (): void => {
    drawn.sort((one, other) => one.place - other.place || (one.prediction.id < other.prediction.id ? -1 : 1))
    drawn = drawn.filter(({ place }, at) => at < MOST_ROWS && place < 1 / heaviest)
  }
  return {
    add: (prediction) => {
      heaviest = Math.max(heaviest, prediction.weight)
      drawn.push({ prediction, place: hashOf(prediction.id) / prediction.weight })
      if (drawn.length >= 2 * MOST_ROWS) cut()
    },
    take: (columns) => {
      cut()
      return columnar(
        drawn.map(({ prediction }) => prediction),
        columns,
      )
    },
  }
}

/** Not the hash by which gateways draw what they log. */
function hashOf(id: string): number {
  return createHash('sha256').update(`step-sample ${id}`).digest().readUInt32BE() / 2 ** 32
}

function columnar(rows: readonly LoggedPrediction[], { label, features }: SampleColumns): StepSample {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row.features)))].toSorted()
  return {
    ids: rows.map(({ id }) => id),
    versions: rows.map(nameOf),
    features: Object.fromEntries(names.map((name) => [name, rows.map((row) => row.features[name] ?? null)])),
    predictions: rows.map(({ prediction }) => prediction),
    request: Object.fromEntries(label.map((column) => [column, rows.map(({ request }) => request[column] ?? null)])),
    missing: Object.fromEntries(
      Object.entries(features).map(([name, columns]) => [name, rows.filter((row) => isNull(row, columns)).length]),
    ),
  }
}

function isNull(row: LoggedPrediction, columns: readonly string[]): boolean {
  return columns.some((column) => row.request[column] === null)
}
