import { pageBefore, type Directory } from './online-directory.ts'
import type { Entities } from './online-entities.ts'
import type { Column } from './online-look-up.ts'
import { cellsOf, countBefore } from './online-page.ts'
import { summarised, type HistoryNode } from './past-nodes.ts'
import type { ReadContract } from './read-contract.ts'
import { exactSummand } from './exact-scale.ts'
import { summary, type Additive, type Totals } from './summary.ts'

const NOTHING: Totals = { rows: 0, held: 0, sum: 0, squares: 0 }

/** A window's summary as the difference of the totals before its end and before its start. */
export function windowIn(
  entities: Entities,
  node: HistoryNode,
  { contract, columns }: { readonly contract: ReadContract; readonly columns: readonly Column[] },
): (entity: string, at: bigint) => number | null {
  const op = node.aggregate.op as Additive
  const of = summarised(node.aggregate)
  const scale = of === undefined || op === 'share' ? 0 : exactSummand(of, contract).scale
  const within = BigInt(node.withinMillis) * 1000n
  const before = totalsBefore(entities, columns)
  return (entity, at) => {
    const directory = entities.directory(entity)
    if (directory === undefined) return summary(op, NOTHING, scale)
    return summary(op, difference(before(directory, at), before(directory, at - within)), scale)
  }
}

function totalsBefore(entities: Entities, columns: readonly Column[]): (directory: Directory, at: bigint) => Totals {
  const [rows, held, sum, squares] = (['rows', 'held', 'sum', 'squares'] as const).map((of) =>
    columns.find((column) => column.of === of),
  )
  return (directory, at) => {
    const index = pageBefore(directory, at)
    if (index < 0) return NOTHING
    const page = entities.page(directory, index)
    // The page starts before the instant, so that there is one.
    const last = countBefore(page, Number(at - (directory.firsts[index] ?? 0n))) - 1
    const place = { page, last }
    return {
      rows: Number(totalAt(place, rows)),
      held: Number(totalAt(place, held)),
      sum: totalAt(place, sum),
      squares: totalAt(place, squares),
    }
  }
}

function totalAt(
  { page, last }: { readonly page: Parameters<typeof cellsOf>[0]; readonly last: number },
  column: Column | undefined,
): number | bigint {
  return column === undefined ? 0 : (column.at(cellsOf(page, column.index), last) as number | bigint)
}

function difference(end: Totals, start: Totals): Totals {
  return {
    rows: end.rows - start.rows,
    held: end.held - start.held,
    sum: minus(end.sum, start.sum),
    squares: minus(end.squares, start.squares),
  }
}

/** Of one column both are of one type, unless one is the zero before all. */
function minus(end: number | bigint, start: number | bigint): number | bigint {
  return typeof end === 'number' && typeof start === 'number' ? end - start : BigInt(end) - BigInt(start)
}
