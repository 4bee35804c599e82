/** The indexes at which `isPending` holds, as ranges with both ends included: `[true, true, false, true]` is `[[0, 1], [3, 3]]`. */
export function rangesOf(isPending: readonly boolean[]): readonly (readonly [first: number, last: number])[] {
  const ranges: [number, number][] = []
  for (const [index, pending] of isPending.entries()) {
    const open = ranges.at(-1)
    if (pending && open?.[1] === index - 1) open[1] = index
    else if (pending) ranges.push([index, index])
  }
  return ranges
}
