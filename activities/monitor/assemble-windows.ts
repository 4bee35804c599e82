import type { DriftCheck, MonitorSpec } from '../../dsl/lifecycle/release-nodes.ts'
import type { DriftWindow } from './judge-drift.ts'
import type { MissingWindow } from './judge-service.ts'
import type { SampleBins } from './sample-bins.ts'
import { isWhole, stepsOf, sumOf, type Span } from './window-steps.ts'

export interface BinnedStep extends Span {
  readonly bins: SampleBins
}

/** Of each drift check, in the order of the spec: its window, and the one before it. */
export function driftWindows(
  { drift }: Pick<MonitorSpec, 'drift'>,
  steps: readonly BinnedStep[],
  end: number,
): readonly DriftWindow[] {
  return drift.map((check) => {
    // A check of a longer step than the monitor's is due at multiples of its own.
    if (end % check.everyMillis !== 0) return { counts: null, before: null }
    return {
      counts: countsOf(check, steps, end),
      before: countsOf(check, steps, end - check.overMillis),
    }
  })
}

/** Null where the window is not all there, or where a step's requests did not have the feature. */
function countsOf(
  { feature, overMillis }: DriftCheck,
  steps: readonly BinnedStep[],
  end: number,
): readonly number[] | null {
  const window = stepsOf(steps, end, overMillis)
  const cells = window.steps.map(({ bins }) => bins.cells[feature])
  const known = cells.filter((one) => one !== undefined)
  return isWhole(window) && known.length === cells.length ? sumOf(known) : null
}

/** Features that an older version did not have count where they are. */
export function missingWindow(
  { windows }: Pick<MonitorSpec, 'windows'>,
  steps: readonly BinnedStep[],
  end: number,
): MissingWindow {
  const window = stepsOf(steps, end, windows.overMillis)
  const missing: Record<string, number> = {}
  for (const { bins } of window.steps) {
    for (const [feature, count] of Object.entries(bins.missing)) missing[feature] = (missing[feature] ?? 0) + count
  }
  return { isWhole: isWhole(window), rows: window.steps.reduce((sum, { bins }) => sum + bins.rows, 0), missing }
}
