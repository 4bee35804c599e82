import type { MonitorSpec } from '../../dsl/lifecycle/release-nodes.ts'
import { bootstrap } from '../../stats/bootstrap.ts'
import { measureOf } from '../../stats/examples.ts'
import { boundText } from '../../stats/gates.ts'
import { examplesOf, type JudgedSide } from '../canary/judge-quality.ts'
import { FEWEST_ROWS, instantOf, waits, type Finding } from './finding.ts'

/** What the model in service said, and what came of it. */
export interface QualityWindow {
  readonly isWhole: boolean
  /** To where outcomes are known; null: no step's are. */
  readonly end: number | null
  readonly side: JudgedSide
}

const SEED = 1

/** A breach is a 95 % interval that lies wholly on the wrong side of the bound: a few unlucky rows are none. */
export function judgeModel(
  { quality, windows }: Pick<MonitorSpec, 'quality' | 'windows'>,
  { window, end }: { readonly window: QualityWindow; readonly end: number },
): readonly Finding[] {
  if (quality.length === 0) return []
  const from = instantOf((window.end ?? end) - windows.overMillis)
  const side = known(window.side)
  const rows = side.rows.length
  const isEnough = window.isWhole && rows >= FEWEST_ROWS
  const measure = isEnough ? measureOf(examplesOf(side)) : null
  const [values, intervals] = measure === null ? [{}, {}] : [measure.of(), bootstrap(measure, { seed: SEED })]
  return quality.map(({ metric, limit }) => {
    if ('notWorseBy' in limit) throw new Error(`quality.${metric}: expected a bound, got ${boundText(limit)}`)
    const declared = 'atLeast' in limit ? limit.atLeast : limit.atMost
    const subject = { kind: 'quality', of: metric, measure: null, from, declared } as const
    const [value, interval] = [values[metric] ?? null, intervals[metric]]
    if (value === null || interval === undefined) return waits(subject, rows)
    const isWorse = 'atLeast' in limit ? interval.high < declared : interval.low > declared
    return { ...subject, value, bound: declared, baseline: null, rows, state: isWorse ? 'breach' : 'within' }
  })
}

/** A class that training did not have has no probability. */
function known({ task, classes, rows }: JudgedSide): JudgedSide {
  const isKnown = ({ label }: JudgedSide['rows'][number]): boolean => classes?.includes(String(label)) ?? true
  return { task, classes, rows: task === 'multiclass' ? rows.filter(isKnown) : rows }
}
