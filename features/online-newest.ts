import { pageBefore } from './online-directory.ts'
import type { Entities } from './online-entities.ts'
import type { Column } from './online-look-up.ts'
import { cellsOf, countBefore } from './online-page.ts'
import type { Value } from './operations.ts'
import type { LatestNode } from './past-nodes.ts'

/** The value of the newest row known before the instant, if it is new enough. */
export function newestIn(
  entities: Entities,
  { node: { withinMillis }, column }: { readonly node: LatestNode; readonly column: Column },
): (entity: string, at: bigint) => Value {
  const within = BigInt(withinMillis) * 1000n
  return (entity, at) => {
    const directory = entities.directory(entity)
    const index = directory === undefined ? -1 : pageBefore(directory, at)
    if (directory === undefined || index < 0) return null
    const page = entities.page(directory, index)
    const sinceFirst = at - (directory.firsts[index] ?? 0n)
    const last = countBefore(page, Number(sinceFirst)) - 1
    const isNewEnough = (page.offsets[last] ?? 0) >= Number(sinceFirst - within)
    return isNewEnough ? column.at(cellsOf(page, column.index), last) : null
  }
}
