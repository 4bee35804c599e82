import { FeaturesError } from './errors.ts'
import type { Value } from './operations.ts'

/** How a column of a page is written. With `?` it may be null. */
export type CellKind = 'count' | 'double' | 'int64' | 'int128' | 'double?' | 'int64?' | 'boolean?' | 'text?'

/** A column of a page in memory: views of its bytes. `texts`: what the values number, from 1; 0 is null. */
export interface Cells {
  readonly values: Uint8Array | Uint32Array | Float64Array | BigInt64Array
  readonly present: Uint8Array | null
  readonly texts: readonly string[]
}

interface CellFormat {
  readonly write: (values: readonly Value[]) => Uint8Array
  readonly read: (bytes: ByteCursor, count: number) => Cells
  readonly at: (cells: Cells, index: number) => Value
}

/** Takes one column after the other from bytes that start at a multiple of 8, as every column does. */
export interface ByteCursor {
  readonly buffer: ArrayBuffer
  take(bytes: number): number
}

export function byteCursor(buffer: ArrayBuffer): ByteCursor {
  let offset = 0
  return {
    buffer,
    take: (bytes) => {
      const start = offset
      offset += padded(bytes)
      if (offset <= buffer.byteLength) return start
      throw new FeaturesError('online-file', 'page of online features: expected a whole one, got fewer bytes')
    },
  }
}

export const CELLS: Readonly<Record<CellKind, CellFormat>> = {
  count: {
    write: (values) => bytesOf(filled(new Uint32Array(values.length), values)),
    read: (bytes, count) => plain(new Uint32Array(bytes.buffer, bytes.take(4 * count), count)),
    at: plainAt,
  },
  double: {
    write: (values) => bytesOf(filled(new Float64Array(values.length), values)),
    read: (bytes, count) => plain(doubles(bytes, count)),
    at: plainAt,
  },
  int64: {
    write: (values) => bytesOf(BigInt64Array.from(values, bigintOf)),
    read: (bytes, count) => plain(integers(bytes, count)),
    at: plainAt,
  },
  int128: {
    write: (values) => bytesOf(BigInt64Array.from(values.map(bigintOf).flatMap((value) => [value >> 64n, value]))),
    read: (bytes, count) => plain(integers(bytes, 2 * count)),
    at: ({ values }, index) =>
      (bigintOf(values[2 * index]) << 64n) | BigInt.asUintN(64, bigintOf(values[2 * index + 1])),
  },
  'double?': {
    write: (values) => joined([bytesOf(filled(new Float64Array(values.length), values)), presenceOf(values)]),
    read: (bytes, count) => ({ ...plain(doubles(bytes, count)), present: octets(bytes, count) }),
    at: presentAt,
  },
  'int64?': {
    write: (values) =>
      joined([bytesOf(BigInt64Array.from(values, (value) => bigintOf(value ?? 0n))), presenceOf(values)]),
    read: (bytes, count) => ({ ...plain(integers(bytes, count)), present: octets(bytes, count) }),
    at: presentAt,
  },
  'boolean?': {
    write: (values) => joined([Uint8Array.from(values, Number), presenceOf(values)]),
    read: (bytes, count) => ({ ...plain(octets(bytes, count)), present: octets(bytes, count) }),
    at: (cells, index) => (cells.present?.[index] === 1 ? cells.values[index] === 1 : null),
  },
  'text?': {
    write: writeTexts,
    read: readTexts,
    at: ({ values, texts }, index) => texts[Number(values[index]) - 1] ?? null,
  },
}

function plainAt({ values }: Cells, index: number): Value {
  return values[index] ?? null
}

function presentAt({ values, present }: Cells, index: number): Value {
  return present?.[index] === 1 ? (values[index] ?? null) : null
}

function plain(values: Cells['values']): Cells {
  return { values, present: null, texts: [] }
}

function doubles(bytes: ByteCursor, count: number): Float64Array {
  return new Float64Array(bytes.buffer, bytes.take(8 * count), count)
}

function integers(bytes: ByteCursor, count: number): BigInt64Array {
  return new BigInt64Array(bytes.buffer, bytes.take(8 * count), count)
}

function octets(bytes: ByteCursor, count: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.take(count), count)
}

/** Null as 0. `from` of a typed array takes five times as long. */
function filled<T extends Uint32Array | Float64Array>(into: T, values: readonly Value[]): T {
  for (let index = 0; index < into.length; index += 1) into[index] = Number(values[index])
  return into
}

/** Each text once, in the order of their first row. */
function writeTexts(values: readonly Value[]): Uint8Array {
  const numbers = new Map<Value, number>()
  for (const value of values) if (value !== null && !numbers.has(value)) numbers.set(value, numbers.size + 1)
  const texts = Buffer.from(JSON.stringify([...numbers.keys()].map(String)))
  const codes = Uint32Array.from(values, (value) => numbers.get(value) ?? 0)
  return joined([bytesOf(codes), bytesOf(Uint32Array.of(texts.length)), texts])
}

function readTexts(bytes: ByteCursor, count: number): Cells {
  const values = new Uint32Array(bytes.buffer, bytes.take(4 * count), count)
  const [length = 0] = new Uint32Array(bytes.buffer, bytes.take(4), 1)
  const texts = Buffer.from(bytes.buffer, bytes.take(length), length).toString('utf8')
  return { values, present: null, texts: JSON.parse(texts) as readonly string[] }
}

function presenceOf(values: readonly Value[]): Uint8Array {
  return Uint8Array.from(values, (value) => Number(value !== null))
}

function bigintOf(value: Value | undefined): bigint {
  return typeof value === 'bigint' ? value : BigInt(Number(value))
}

function bytesOf(values: Exclude<Cells['values'], Uint8Array>): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

/** Each part starts at a multiple of 8. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + padded(part.byteLength), 0))
  let offset = 0
  for (const part of parts) {
    bytes.set(part, offset)
    offset += padded(part.byteLength)
  }
  return bytes
}

function padded(bytes: number): number {
  return Math.ceil(bytes / 8) * 8
}
