const DIGIT = 2 ** 16

/**
 * The row numbers in ascending order of values that are not negative; equal values keep their order. A least-significant
 * digit radix sort (Knuth, TAOCP 3, 5.2.5) over the bits of the floats, which order as the floats do where none has a
 * sign: an order of magnitude faster than a comparing sort of 200,000 rows.
 */
export function ascending(values: Float32Array): Uint32Array {
  // -0 has a sign bit; adding 0 takes it away.
  const bits = new Uint32Array(values.map((value) => value + 0).buffer)
  const byLow = pass(
    bits.map((_, row) => row),
    (row) => (bits[row] ?? 0) % DIGIT,
  )
  return pass(byLow, (row) => (bits[row] ?? 0) >>> 16)
}

/** Places `rows` by one digit, stably. */
function pass(rows: Uint32Array, digitOf: (row: number) => number): Uint32Array {
  const starts = new Uint32Array(DIGIT + 1)
  for (const row of rows) add(starts, digitOf(row) + 1, 1)
  for (let digit = 0; digit < DIGIT; digit += 1) add(starts, digit + 1, starts[digit] ?? 0)
  const placed = new Uint32Array(rows.length)
  for (const row of rows) {
    const digit = digitOf(row)
    placed[starts[digit] ?? 0] = row
    add(starts, digit, 1)
  }
  return placed
}

function add(counts: Uint32Array, at: number, amount: number): void {
  counts[at] = (counts[at] ?? 0) + amount
}
