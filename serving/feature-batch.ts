import type { FeatureColumn } from '../data/feature-table.ts'
import type { FeatureValues as Column } from '../data/onnx-scorer.ts'

/** One row's features in the model's order; numbers are float32. */
export type FeatureRow = readonly (number | boolean | string)[]

/** Rows as bytes: how many, then a column after the other; strings each after its length. */
export function encodeBatch(features: readonly FeatureColumn[], rows: readonly FeatureRow[]): Buffer {
  const bytes = Buffer.allocUnsafe(sizeOf(features, rows))
  let at = bytes.writeUInt32LE(rows.length, 0)
  for (const [index, { type }] of features.entries()) {
    for (const row of rows) {
      const value = row[index] ?? 0
      if (type === 'number') at = bytes.writeFloatLE(Number(value), at)
      else if (type === 'boolean') at = bytes.writeUInt8(Number(value), at)
      else at = writeText(bytes, { at, text: String(value) })
    }
  }
  return bytes.subarray(0, at)
}

/** What the model's runtime takes. */
export function decodeBatch(
  features: readonly FeatureColumn[],
  bytes: Buffer,
): { readonly rows: number; readonly columns: ReadonlyMap<string, Column> } {
  const rows = bytes.readUInt32LE(0)
  const columns = new Map<string, Column>()
  let at = 4
  for (const { name, type } of features) {
    if (type === 'string') {
      const [texts, end] = readTexts(bytes, { at, rows })
      columns.set(name, texts)
      at = end
    } else {
      const size = type === 'number' ? 4 * rows : rows
      // A copy, since a float32 has to lie at a multiple of 4.
      const own = bytes.buffer.slice(bytes.byteOffset + at, bytes.byteOffset + at + size)
      columns.set(name, type === 'number' ? new Float32Array(own) : new Uint8Array(own))
      at += size
    }
  }
  return { rows, columns }
}

/** At most: a string's UTF-8 is no longer than three times its UTF-16. */
function sizeOf(features: readonly FeatureColumn[], rows: readonly FeatureRow[]): number {
  let size = 4
  for (const [index, { type }] of features.entries()) {
    if (type !== 'string') size += rows.length * (type === 'number' ? 4 : 1)
    else for (const row of rows) size += 4 + 3 * String(row[index]).length
  }
  return size
}

function writeText(bytes: Buffer, { at, text }: { readonly at: number; readonly text: string }): number {
  const length = bytes.write(text, at + 4)
  bytes.writeUInt32LE(length, at)
  return at + 4 + length
}

function readTexts(
  bytes: Buffer,
  { at, rows }: { readonly at: number; readonly rows: number },
): readonly [readonly string[], number] {
  const texts: string[] = []
  let start = at
  for (let row = 0; row < rows; row += 1) {
    const end = start + 4 + bytes.readUInt32LE(start)
    texts.push(bytes.toString('utf8', start + 4, end))
    start = end
  }
  return [texts, start]
}
