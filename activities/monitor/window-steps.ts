import type { StepCounts } from '../../store/monitors.ts'

/** One step of event time, [from, end), in milliseconds since 1970. */
export interface Span {
  readonly from: number
  readonly end: number
}

/** What is known of one step. */
export interface Step extends Span {
  readonly counts: StepCounts
}

export interface Covered<S extends Span> {
  readonly from: number
  /** The oldest first. */
  readonly steps: readonly S[]
  /** How much of the window the steps cover, 0 to 1. */
  readonly covered: number
}

/** The steps that lie in [end - over, end). Steps never overlap; where a clock jumped some may be missing. */
export function stepsOf<S extends Span>(steps: readonly S[], end: number, overMillis: number): Covered<S> {
  const from = end - overMillis
  const inside = steps.filter((step) => step.from >= from && step.end <= end)
  const covered = inside.reduce((sum, step) => sum + step.end - step.from, 0) / overMillis
  return { from, steps: inside, covered }
}

export function isWhole({ covered }: { readonly covered: number }): boolean {
  return covered > 1 - 1e-9
}

/** Adds up counts of the same bins. */
export function sumOf(counts: readonly (readonly number[])[]): readonly number[] {
  const sum = (counts[0] ?? []).map(() => 0)
  for (const one of counts) for (const [bin, count] of one.entries()) sum[bin] = (sum[bin] ?? 0) + count
  return sum
}
