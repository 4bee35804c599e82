/** By the metric's name; null where it has no value on these rows. */
export type MetricValues = Readonly<Record<string, number | null>>

/**
 * Computes metrics over weighted rows. What does not hang on the weights (sorting, logarithms) is done once, when the
 * measure is made, so that each resample is one pass. Weights count how often each row stands there; absent: once.
 */
export interface Measure {
  readonly rows: number
  readonly of: (weights?: Uint8Array) => MetricValues
}

export function ratio(numerator: number, denominator: number): number | null {
  return denominator === 0 ? null : numerator / denominator
}
