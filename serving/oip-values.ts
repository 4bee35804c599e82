import { invalid } from './errors.ts'

/** Data types of the Open Inference Protocol that a request may have. */
export type Datatype = keyof typeof READERS | 'BYTES'
/** A tensor's element, from JSON or binary. */
export type OipValue = string | number | boolean | bigint | null

const READERS = {
  BOOL: [1, (bytes, at) => bytes.readUInt8(at) !== 0],
  UINT8: [1, (bytes, at) => bytes.readUInt8(at)],
  UINT16: [2, (bytes, at) => bytes.readUInt16LE(at)],
  UINT32: [4, (bytes, at) => bytes.readUInt32LE(at)],
  UINT64: [8, (bytes, at) => bytes.readBigUInt64LE(at)],
  INT8: [1, (bytes, at) => bytes.readInt8(at)],
  INT16: [2, (bytes, at) => bytes.readInt16LE(at)],
  INT32: [4, (bytes, at) => bytes.readInt32LE(at)],
  INT64: [8, (bytes, at) => bytes.readBigInt64LE(at)],
  FP32: [4, (bytes, at) => bytes.readFloatLE(at)],
  FP64: [8, (bytes, at) => bytes.readDoubleLE(at)],
} as const satisfies Readonly<Record<string, readonly [number, (bytes: Buffer, at: number) => OipValue]>>

export function isDatatype(value: unknown): value is Datatype {
  return value === 'BYTES' || (typeof value === 'string' && Object.hasOwn(READERS, value))
}

/** The elements of a tensor in the binary extension: little-endian; BYTES as UTF-8, each after its length. */
export function readBinary(
  bytes: Buffer,
  { name, datatype, count }: { readonly name: string; readonly datatype: Datatype; readonly count: number },
): readonly OipValue[] {
  if (datatype === 'BYTES') return readTexts(bytes, name, count)
  const [size, read] = READERS[datatype]
  if (bytes.length !== size * count) {
    throw invalid(`input "${name}": expected ${size * count} bytes for ${count} of ${datatype}, got ${bytes.length}`)
  }
  return Array.from({ length: count }, (_, index) => read(bytes, index * size))
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function readTexts(bytes: Buffer, name: string, count: number): readonly string[] {
  const texts: string[] = []
  let at = 0
  while (at + 4 <= bytes.length && texts.length < count) {
    const end = at + 4 + bytes.readUInt32LE(at)
    if (end > bytes.length) break
    texts.push(text(bytes.subarray(at + 4, end), name))
    at = end
  }
  if (texts.length === count && at === bytes.length) return texts
  throw invalid(`input "${name}": expected ${count} texts, each after its length, got other bytes`)
}

function text(bytes: Uint8Array, name: string): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw invalid(`input "${name}": expected UTF-8, got other bytes`)
  }
}

/** An output in the binary extension. */
export function writeBinary(
  values: readonly (string | number | boolean)[],
  datatype: 'FP32' | 'BOOL' | 'BYTES',
): Buffer {
  switch (datatype) {
    case 'FP32': {
      const bytes = Buffer.allocUnsafe(4 * values.length)
      for (const [index, value] of values.entries()) bytes.writeFloatLE(Number(value), 4 * index)
      return bytes
    }
    case 'BOOL':
      return Buffer.from(values.map(Number))
    case 'BYTES':
      return Buffer.concat(values.flatMap((value) => lengthAndText(String(value))))
  }
}

function lengthAndText(value: string): readonly Buffer[] {
  const length = Buffer.allocUnsafe(4)
  length.writeUInt32LE(Buffer.byteLength(value), 0)
  return [length, Buffer.from(value)]
}
