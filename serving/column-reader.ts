import type { ColumnSpec, ColumnType } from '../dsl/columns.ts'
import type { Json } from '../dsl/plan.ts'
import type { ColumnJudge } from '../data/row-judge.ts'
import { shown } from '../data/shown.ts'
import { isoOf, microsOf } from '../features/instant.ts'
import type { Value } from '../features/operations.ts'
import { invalid } from './errors.ts'
import type { Datatype, OipValue } from './oip-values.ts'
import type { InputTensor } from './read-request.ts'

/** Takes one column of a request: by its datatype, then by the contract. */
export interface ColumnReader {
  readonly name: string
  /** What the metadata tell; others of the same kind are taken too. */
  readonly datatype: Datatype
  readonly nullable: boolean
  /** Throws `request-invalid` with the row, what was expected and what came. */
  readonly read: (tensor: InputTensor) => readonly Value[]
}

const NUMBERS = ['FP64', 'FP32', 'INT64', 'INT32', 'INT16', 'INT8', 'UINT64', 'UINT32', 'UINT16', 'UINT8'] as const
const INTEGERS = NUMBERS.filter((name) => !name.startsWith('FP'))

interface Kind {
  /** The first one is what the metadata tell. */
  readonly datatypes: readonly Datatype[]
  readonly expected: string
  /** `undefined`: a value of another kind. */
  readonly convert: (value: OipValue) => Value | undefined
  /** As the contract's JSON Schema has it. */
  readonly json: (value: Value) => Json
}

export function columnReader(column: ColumnSpec, judge: ColumnJudge): ColumnReader {
  const { name, nullable, pii } = column
  const { datatypes, expected, convert, json } = kindOfColumn(column.type)
  const [datatype = 'BYTES'] = datatypes
  const one = (given: OipValue, row: number): Value => {
    if (given === null && nullable) return null
    const place = `input "${name}" row ${row}`
    const value = given === null ? undefined : convert(given)
    if (value === undefined) throw invalid(`${place}: expected ${expected}, got ${told(given, pii !== null)}`)
    const form = json(value)
    if (judge.accepts(form)) return value
    throw invalid(`${place}: expected ${judge.faults(form).join(' and ')}, got ${told(given, pii !== null)}`)
  }
  return {
    name,
    datatype,
    nullable,
    read: ({ datatype: given, data }) => {
      if (datatypes.includes(given)) return data.map(one)
      throw invalid(`input "${name}": expected datatype ${datatype}, got ${given}`)
    },
  }
}

function told(value: OipValue, isPersonal: boolean): string {
  return shown(typeof value === 'bigint' ? String(value) : value, isPersonal ? 'mask' : null)
}

const same = (value: Value): Json => (typeof value === 'bigint' ? String(value) : value)

function kindOfColumn(type: ColumnType): Kind {
  switch (type.kind) {
    case 'number':
      return { datatypes: NUMBERS, expected: 'a finite number', convert: numberOf, json: same }
    case 'integer':
      return { datatypes: [...INTEGERS, 'FP64', 'FP32'], expected: 'a whole number', convert: numberOf, json: same }
    case 'boolean':
      return {
        datatypes: ['BOOL'],
        expected: 'true or false',
        convert: (value) => (typeof value === 'boolean' ? value : undefined),
        json: same,
      }
    case 'string':
    case 'enum':
      return { datatypes: ['BYTES'], expected: 'text', convert: textOf, json: same }
    case 'decimal':
      return { datatypes: ['BYTES'], expected: 'a decimal as text', convert: textOf, json: same }
    case 'int64':
      return int64Kind(BigInt(type.min), BigInt(type.max))
    case 'instant':
      return instantKind(type.unit === 'milliseconds' ? 1000n : 1n)
  }
}

function numberOf(value: OipValue): number | undefined {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : undefined
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

function textOf(value: OipValue): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** JSON's numbers are doubles here: one from 2^53 on may have been another one in the request's text. */
function int64Kind(min: bigint, max: bigint): Kind {
  return {
    datatypes: [...INTEGERS, 'BYTES'],
    expected: `a whole number from ${min} to ${max}, from 2^53 on as text or binary`,
    convert: (value) => {
      const whole = wholeOf(value)
      return whole !== undefined && whole >= min && whole <= max ? whole : undefined
    },
    json: same,
  }
}

function wholeOf(value: OipValue): bigint | undefined {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined
  return typeof value === 'string' && /^-?(0|[1-9]\d{0,18})$/.test(value) ? BigInt(value) : undefined
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/
/** From year 1 to year 9999. */
const [FIRST, LAST] = [-62_135_596_800_000_000n, 253_402_300_799_999_999n]

function instantKind(step: bigint): Kind {
  return {
    datatypes: ['BYTES', 'INT64'],
    expected: `an instant: ISO 8601 in UTC with ${step === 1n ? 'six' : 'three'} decimals at most, or as INT64 microseconds since 1970`,
    convert: (value) => {
      const micros = typeof value === 'string' ? fromIso(value) : wholeOf(value)
      return micros !== undefined && micros >= FIRST && micros <= LAST && micros % step === 0n ? micros : undefined
    },
    json: (value) => (typeof value === 'bigint' ? isoOf(value) : value),
  }
}

/** A day that is in no calendar comes back as another one. */
function fromIso(text: string): bigint | undefined {
  if (!INSTANT.test(text) || Number.isNaN(Date.parse(text))) return undefined
  const micros = microsOf(text)
  return isoOf(micros).slice(0, 19) === text.slice(0, 19) ? micros : undefined
}
