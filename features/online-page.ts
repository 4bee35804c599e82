import { byteCursor, CELLS, joined, type CellKind, type Cells } from './online-cells.ts'
import type { Value } from './operations.ts'

/** Instants of one entity at which something became known to it, in order, with the family's fields at each. */
export interface Page {
  /** Microseconds after the page's first instant: whole numbers that a double holds. */
  readonly offsets: Float64Array
  readonly columns: readonly Cells[]
  /** What it takes in memory. */
  readonly bytes: number
}

/** Doubles hold every microsecond of it. */
export const LONGEST_SPAN_MICROS = 2n ** 52n

/** Of objects and views; measured. */
const OVERHEAD_BYTES = 400
const TEXT_BYTES = 48

export function encodePage(
  offsets: readonly number[],
  columns: readonly { readonly kind: CellKind; readonly values: readonly Value[] }[],
): Uint8Array {
  const count = new Uint8Array(Uint32Array.of(offsets.length).buffer)
  const known = CELLS.double.write(offsets)
  return joined([count, known, ...columns.map(({ kind, values }) => CELLS[kind].write(values))])
}

export function decodePage(body: Uint8Array, kinds: readonly CellKind[]): Page {
  const buffer = alignedCopy(body)
  const bytes = byteCursor(buffer)
  const [count = 0] = new Uint32Array(buffer, bytes.take(4), 1)
  const offsets = new Float64Array(buffer, bytes.take(8 * count), count)
  const columns = kinds.map((kind) => CELLS[kind].read(bytes, count))
  const texts = columns.flatMap((cells) => cells.texts)
  const ofTexts = texts.reduce((sum, text) => sum + TEXT_BYTES + 2 * text.length, 0)
  return { offsets, columns, bytes: OVERHEAD_BYTES + 160 * columns.length + buffer.byteLength + ofTexts }
}

/** The n-th column: a page has one for each field of its family. */
export function cellsOf({ columns }: Page, index: number): Cells {
  return columns[index] ?? NO_CELLS
}

const NO_CELLS: Cells = { values: new Uint8Array(), present: null, texts: [] }

/** How many of its instants are before the one that is `offset` after its first: binary search. */
export function countBefore({ offsets }: Page, offset: number): number {
  let low = 0
  let high = offsets.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((offsets[middle] ?? 0) < offset) low = middle + 1
    else high = middle
  }
  return low
}

/** A view of 8-byte numbers has to start at a multiple of 8. */
export function alignedCopy(body: Uint8Array): ArrayBuffer {
  const copy = new Uint8Array(body.byteLength)
  copy.set(body)
  return copy.buffer
}
