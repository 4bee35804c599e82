/** What one case has come to. `ratio` is ours by the peer's, so below 1 is better where `unit` is a time. */
export interface Figure {
  readonly case: string
  readonly ours: number
  readonly peer: number
  readonly ratio: number
  readonly unit: string
  /** What the issue asks of `ratio`, or of `ours` where there is no peer. */
  readonly bound: string
  /** What stands beneath the figures, a line each. Default: nothing. */
  readonly details?: readonly string[]
}

export interface Sides {
  readonly ours: () => Promise<number>
  readonly peer: () => Promise<number>
}

export interface Turns {
  readonly counted: number
  /** Before those, of both sides. Default 5. */
  readonly warmUp?: number
}

/** Takes turns, so that a noisy machine harms both alike; answers each side's median, after the turns that warm up. */
export async function medians(
  { ours, peer }: Sides,
  { counted, warmUp = 5 }: Turns,
): Promise<{ readonly ours: number; readonly peer: number }> {
  const figures: { ours: number; peer: number }[] = []
  for (let turn = 0; turn < warmUp + counted; turn += 1) figures.push({ ours: await ours(), peer: await peer() })
  const measured = figures.slice(warmUp)
  return { ours: median(measured.map((figure) => figure.ours)), peer: median(measured.map((figure) => figure.peer)) }
}

export async function millis(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low = Number.NaN, high = Number.NaN] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]]
  return (low + high) / 2
}
