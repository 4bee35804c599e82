import { cellCount } from '../../data/reference-cells.ts'
import type { Cells } from '../../data/training-reference.ts'
import type { StepSample } from './step-sample.ts'

/** Rows of a sample by cell of the reference; `undefined` where the sample has rows, and none has the feature. */
export function binSample(sample: StepSample, feature: string, cells: Cells): readonly number[] | undefined {
  const counts = Array.from({ length: cellCount(cells) }, () => 0)
  if (sample.ids.length === 0) return counts
  let seen = 0
  for (const value of sample.features[feature] ?? []) {
    const cell = cellOf(value, cells)
    if (cell === undefined) continue
    counts[cell] = (counts[cell] ?? 0) + 1
    seen += 1
  }
  return seen === 0 ? undefined : counts
}

type Logged = string | number | boolean | null

/** Absent for what is no value of the feature: it is not there, or masked. */
function cellOf(value: Logged, cells: Cells): number | undefined {
  switch (cells.type) {
    case 'boolean':
      return typeof value === 'boolean' ? Number(value) : undefined
    case 'string': {
      if (typeof value !== 'string') return undefined
      const at = cells.values.indexOf(value)
      return at === -1 ? cells.values.length : at
    }
    case 'number':
      return typeof value === 'number' ? firstNotBelow(cells.edges, value) : undefined
  }
}

/** The place of the first edge that is not below the value. */
function firstNotBelow(edges: readonly number[], value: number): number {
  let [low, high] = [0, edges.length]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if ((edges[middle] ?? 0) < value) low = middle + 1
    else high = middle
  }
  return low
}
