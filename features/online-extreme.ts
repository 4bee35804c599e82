import { pageBefore, type Directory } from './online-directory.ts'
import type { Entities } from './online-entities.ts'
import type { Column } from './online-look-up.ts'
import { cellsOf, countBefore, type Page } from './online-page.ts'
import { order, type Value } from './operations.ts'
import type { HistoryNode } from './past-nodes.ts'

/** An extreme cannot be subtracted: of pages within the window their own one is read, of those at its ends the values. */
export function extremeIn(
  entities: Entities,
  { node: { aggregate, withinMillis }, column }: { readonly node: HistoryNode; readonly column: Column },
): (entity: string, at: bigint) => number | null {
  const within = BigInt(withinMillis) * 1000n
  const better = betterOf(aggregate.op === 'max' ? 1 : -1)

  function ofPage(directory: Directory, index: number, [from, to]: readonly [bigint, bigint]): number | null {
    const page = entities.page(directory, index)
    const first = directory.firsts[index] ?? 0n
    const [start, end] = [countBefore(page, Number(from - first)), countBefore(page, Number(to - first))]
    return ofEvents(page, start, end)
  }

  function ofEvents(page: Page, start: number, end: number): number | null {
    const cells = cellsOf(page, column.index)
    let best: number | null = null
    for (let event = start; event < end; event++) best = better(best, column.at(cells, event))
    return best
  }

  return (entity, at) => {
    const directory = entities.directory(entity)
    if (directory === undefined) return null
    const window = [at - within, at] as const
    const [first, last] = [Math.max(0, pageBefore(directory, window[0])), pageBefore(directory, at)]
    const whole = directory.extremes[column.index]
    let best: number | null = null
    for (let index = first; index <= last; index++) {
      const isWhole = index > first && index < last && whole
      best = better(best, isWhole ? column.at(whole, index) : ofPage(directory, index, window))
    }
    return best
  }
}

function betterOf(sign: 1 | -1): (best: number | null, value: Value) => number | null {
  return (best, value) => {
    if (typeof value !== 'number') return best
    return best === null || sign * order(value, best) > 0 ? value : best
  }
}
