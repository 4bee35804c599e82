import { columnJudges } from '../data/row-judge.ts'
import type { ContractSpec } from '../dsl/plan.ts'
import type { FeatureSpec } from '../dsl/features.ts'
import type { Row } from '../features/evaluate.ts'
import { isoOf } from '../features/instant.ts'
import type { Value } from '../features/operations.ts'
import { columnReader, type ColumnReader } from './column-reader.ts'
import { invalid } from './errors.ts'
import type { InferRequest } from './read-request.ts'
import { requestColumns } from './request-columns.ts'

/** Takes a request's tensors as rows of the contract. */
export interface RowReader {
  readonly columns: readonly ColumnReader[]
  readonly time: string | null
  /** Rows are stamped where they have no time. Throws `request-invalid`. */
  readonly read: (request: InferRequest, now: EventTime) => readonly Row[]
}

/** The service's clock. */
export interface EventTime {
  /** Microseconds since 1970. */
  readonly micros: bigint
  /** How far a row's own time may be from it. */
  readonly maxSkewMicros: bigint
}

export function rowReader(contract: ContractSpec, features: readonly FeatureSpec[]): RowReader {
  const judges = columnJudges(contract.schema)
  const specs = requestColumns(contract, features)
  const columns = specs.map((column) => columnReader(column, judgeOf(judges, column.name)))
  const names = new Set(specs.map(({ name }) => name))
  const { time } = contract
  const timeColumn = contract.columns.find(({ name }) => name === time)
  const step = timeColumn?.type.kind === 'instant' && timeColumn.type.unit === 'milliseconds' ? 1000n : 1n
  return {
    columns,
    time,
    read: (request, now) => {
      refuseStrangers(request, names, contract)
      const stamp = now.micros - (now.micros % step)
      const read = columns.map((column) => columnOf(column, { request, stamp: column.name === time ? stamp : null }))
      if (time !== null && request.inputs.has(time))
        refuseSkew(time, { values: read[columns.findIndex(({ name }) => name === time)] ?? [], now })
      return rowsOf(columns, { read, rows: request.rows })
    },
  }
}

function judgeOf(judges: ReturnType<typeof columnJudges>, name: string): Parameters<typeof columnReader>[1] {
  const judge = judges.get(name)
  if (judge !== undefined) return judge
  throw new TypeError(`contract: expected a schema of column "${name}", got none`)
}

function refuseStrangers({ inputs }: InferRequest, names: ReadonlySet<string>, contract: ContractSpec): void {
  for (const name of inputs.keys()) {
    if (names.has(name)) continue
    const column = contract.columns.find((one) => one.name === name)
    const why =
      column === undefined
        ? 'an unknown name'
        : column.outcome
          ? 'an outcome; send it later by the prediction id'
          : 'a column that no feature reads; leave it out'
    throw invalid(`input ${JSON.stringify(name.slice(0, 64))}: expected one of ${[...names].join(', ')}, got ${why}`)
  }
}

interface Wanted {
  readonly request: InferRequest
  /** Of the time column. */
  readonly stamp: bigint | null
}

/** A column that may be null and is left out is null. */
function columnOf(column: ColumnReader, { request, stamp }: Wanted): readonly Value[] {
  const tensor = request.inputs.get(column.name)
  if (tensor !== undefined) return column.read(tensor)
  if (stamp === null && !column.nullable) throw invalid(`input "${column.name}": expected ${column.datatype}, got none`)
  return request.rows === 1 ? [stamp] : Array.from({ length: request.rows }, () => stamp)
}

function refuseSkew(
  time: string,
  { values, now }: { readonly values: readonly Value[]; readonly now: EventTime },
): void {
  const row = values.findIndex((value) => typeof value === 'bigint' && !isNear(value, now))
  if (row === -1) return
  const seconds = Number(now.maxSkewMicros) / 1e6
  const [clock, got] = [now.micros, values[row]].map((micros) => (typeof micros === 'bigint' ? isoOf(micros) : 'null'))
  throw invalid(
    `input "${time}" row ${row}: expected a time within ${seconds} s of the service's clock at ${clock}, got ${got}; leave it out to have the row stamped`,
  )
}

function isNear(micros: bigint, { micros: clock, maxSkewMicros }: EventTime): boolean {
  const skew = micros - clock
  return skew <= maxSkewMicros && -skew <= maxSkewMicros
}

function rowsOf(
  columns: readonly ColumnReader[],
  { read, rows }: { readonly read: readonly (readonly Value[])[]; readonly rows: number },
): readonly Row[] {
  return Array.from({ length: rows }, (_, row) => {
    const values: Record<string, Value> = {}
    for (const [index, { name }] of columns.entries()) values[name] = read[index]?.[row] ?? null
    return values
  })
}
