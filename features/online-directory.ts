import { byteCursor, CELLS, joined, type Cells } from './online-cells.ts'
import { alignedCopy } from './online-page.ts'
import type { Value } from './operations.ts'

/** Where one entity's pages are. */
export interface Directory {
  /** The number of its first page; the others follow it. */
  readonly firstPage: number
  /** Each page's first instant, in order: microseconds since 1970. */
  readonly firsts: BigInt64Array
  /** By field: each page's extreme; of fields that are none, nothing. */
  readonly extremes: readonly (Cells | null)[]
  readonly bytes: number
}

const OVERHEAD_BYTES = 500

export function encodeDirectory(firsts: readonly bigint[], extremes: readonly (readonly Value[] | null)[]): Uint8Array {
  const count = new Uint8Array(Uint32Array.of(firsts.length).buffer)
  const columns = extremes.flatMap((values) => (values === null ? [] : [CELLS['double?'].write(values)]))
  return joined([count, CELLS.int64.write(firsts), ...columns])
}

export function decodeDirectory(
  body: Uint8Array,
  { firstPage, isExtreme }: { readonly firstPage: number; readonly isExtreme: readonly boolean[] },
): Directory {
  const buffer = alignedCopy(body)
  const bytes = byteCursor(buffer)
  const [count = 0] = new Uint32Array(buffer, bytes.take(4), 1)
  const firsts = new BigInt64Array(buffer, bytes.take(8 * count), count)
  const extremes = isExtreme.map((extreme) => (extreme ? CELLS['double?'].read(bytes, count) : null))
  return { firstPage, firsts, extremes, bytes: OVERHEAD_BYTES + buffer.byteLength }
}

/** The last page that starts before the instant, or -1. Who serves asks about the newest mostly. */
export function pageBefore({ firsts }: Directory, at: bigint): number {
  let low = 0
  let high = firsts.length
  const newest = firsts[high - 1]
  if (newest === undefined) return -1
  if (newest < at) return high - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((firsts[middle] ?? 0n) < at) low = middle + 1
    else high = middle
  }
  return low - 1
}
