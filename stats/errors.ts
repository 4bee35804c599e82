/**
 * | code | meaning |
 * |---|---|
 * | `length` | labels, predictions or weights of unequal lengths |
 * | `not-finite` | a prediction or a label that is NaN or infinite |
 * | `out-of-range` | a probability outside [0, 1], or a label that is no class |
 */
export type StatsErrorCode = 'length' | 'not-finite' | 'out-of-range'

/**
 * Numbers that no metric is defined on. What is defined and only cannot be computed (no rows, one class) is no error:
 * the metric is null.
 */
export class StatsError extends Error {
  override readonly name = 'StatsError'
  readonly code: StatsErrorCode

  constructor(code: StatsErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

export function checkLength(name: string, { expected, got }: { expected: number; got: number }): void {
  if (got === expected) return
  throw new StatsError('length', `${name}: expected ${expected} values, got ${got}`)
}

/** NaN compares as false, so it fails as well. */
export function checkProbabilities(values: Float32Array): void {
  const at = values.findIndex((value) => !(value >= 0 && value <= 1))
  if (at === -1) return
  const got = values[at] ?? Number.NaN
  const code = Number.isFinite(got) ? 'out-of-range' : 'not-finite'
  throw new StatsError(code, `probability ${at}: expected a number from 0 to 1, got ${got}`)
}

export function checkFinite(name: string, values: Float32Array | Float64Array): void {
  const at = values.findIndex((value) => !Number.isFinite(value))
  if (at === -1) return
  throw new StatsError('not-finite', `${name} ${at}: expected a finite number, got ${values[at]}`)
}
