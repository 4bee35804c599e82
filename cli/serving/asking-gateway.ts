import type { ColumnType } from '../../dsl/columns.ts'
import type { FeatureSpec } from '../../dsl/features.ts'
import type { FeatureValues, Row } from '../../features/evaluate.ts'
import { isoOf } from '../../features/instant.ts'
import type { Value } from '../../features/operations.ts'
import { columnNamed, contractNamed, type ReadColumn } from '../../features/read-contract.ts'
import type { Served } from '../../store/generation.ts'
import { CliError } from '../errors.ts'
import type { TrainedExamples } from './trained-examples.ts'

/** Computes the features of rows as they are served. */
export type Serve = (rows: readonly Row[]) => Promise<readonly FeatureValues[]>

/** A gateway takes 1000. */
const BATCH = 500

/** Asks a running gateway for the version by its name, in batches. Throws `gateway-failed`. */
export function askingGateway(
  { spec, contracts }: TrainedExamples,
  { service, served, gateway }: { readonly service: string; readonly served: Served; readonly gateway: string },
): Serve {
  const { columns } = contractNamed(contracts, spec.from)
  const url = new URL(`/v2/models/${service}/versions/${served.model}@${served.version}/infer`, gateway)
  return async (rows) => {
    const found: FeatureValues[] = []
    for (let first = 0; first < rows.length; first += BATCH) {
      const batch = rows.slice(first, first + BATCH)
      const outputs = await ask(url, requestOf(batch, columns))
      found.push(...batch.map((_, row) => rowOf(spec.features, outputs, row)))
    }
    return found
  }
}

interface Tensor {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
  readonly data: readonly (string | number | boolean | null)[]
}

function requestOf(rows: readonly Row[], columns: readonly ReadColumn[]): object {
  const inputs = Object.keys(rows[0] ?? {}).map((name): Tensor => {
    const { type } = columnNamed(columns, name)
    const data = rows.map((row) => jsonOf(row[name] ?? null, type))
    return { name, datatype: DATATYPES[type.kind], shape: [rows.length], data }
  })
  return { inputs, parameters: { features: true } }
}

/** Of several that the gateway takes those that JSON loses nothing of. */
const DATATYPES: Readonly<Record<ColumnType['kind'], string>> = {
  number: 'FP64',
  integer: 'INT64',
  boolean: 'BOOL',
  string: 'BYTES',
  enum: 'BYTES',
  decimal: 'BYTES',
  int64: 'BYTES',
  instant: 'BYTES',
}

function jsonOf(value: Value, { kind }: ColumnType): string | number | boolean | null {
  if (typeof value !== 'bigint') return value
  return kind === 'instant' ? isoOf(value) : String(value)
}

async function ask(url: URL, request: object): Promise<readonly Tensor[]> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(request) }).catch((cause: unknown) => {
    throw failed(url, { got: 'no answer', remedy: 'start one with `anneal serve`, and name its address', cause })
  })
  const { error, outputs } = (await response.json()) as {
    readonly error?: string
    readonly outputs?: readonly Tensor[]
  }
  if (response.ok && outputs !== undefined) return outputs
  const remedy = 'see its metadata at /v2/models for what it has loaded'
  throw failed(url, { got: `${response.status}: ${error ?? 'no outputs'}`, remedy })
}

function failed(
  { origin }: URL,
  fault: { readonly got: string; readonly remedy: string; readonly cause?: unknown },
): CliError {
  return new CliError('gateway-failed', {
    message: `gateway at ${origin} did not answer as one`,
    expected: 'features of the rows that it was sent',
    ...fault,
  })
}

/** A number comes as the float32 that the model got, in text that JSON turns into it again. */
function rowOf(features: readonly FeatureSpec[], outputs: readonly Tensor[], row: number): FeatureValues {
  return Object.fromEntries(
    features.map(({ name }) => [name, outputs.find((output) => output.name === `feature:${name}`)?.data[row] ?? null]),
  )
}
