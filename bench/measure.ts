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

export interface Turns {
  readonly counted: number
  /** Before those, of each side. Default 5. */
  readonly warmUp?: number
}

/**
 * Has the sides take turns, so that a noisy machine harms all alike, in an order drawn anew each time: what comes back at
 * its own pace, such as the server's garbage collection after every run or two, would else meet one side for minutes.
 * Answers each side's midmean: where every other turn is a slow one, a median is now the quick ones' and now the slow ones'.
 */
export async function midmeans<Side extends string>(
  sides: Readonly<Record<Side, () => Promise<number>>>,
  { counted, warmUp = 5 }: Turns,
): Promise<Readonly<Record<Side, number>>> {
  const names = Object.keys(sides) as Side[]
  const figures = new Map<Side, number[]>(names.map((name) => [name, []]))
  for (let turn = 0; turn < warmUp + counted; turn += 1) {
    for (const name of shuffled(names)) {
      const figure = await sides[name]()
      if (turn >= warmUp) figures.get(name)?.push(figure)
    }
  }
  return Object.fromEntries([...figures].map(([name, values]) => [name, midmean(values)])) as Record<Side, number>
}

function shuffled<T>(values: readonly T[]): readonly T[] {
  return values
    .map((value) => ({ value, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ value }) => value)
}

/** The mean of the middle half. */
function midmean(values: readonly number[]): number {
  const cut = Math.floor(values.length / 4)
  const middle = values.toSorted((a, b) => a - b).slice(cut, values.length - cut)
  return middle.reduce((sum, value) => sum + value, 0) / middle.length
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
