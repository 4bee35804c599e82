import type { MonitorSpec } from '../../dsl/lifecycle/release-nodes.ts'
import type { Reference } from '../../data/training-reference.ts'
import type { WindowCheck } from '../../store/monitors.ts'
import { checkName, type Finding } from './finding.ts'
import { judgeDrift, type DriftWindow, type FloorOf } from './judge-drift.ts'
import { judgeModel, type QualityWindow } from './judge-model.ts'
import { judgeAvailability, judgeLatency, judgeMissing, type MissingWindow } from './judge-service.ts'
import type { Step } from './window-steps.ts'

/** All that a window is judged by. */
export interface WindowInput {
  readonly spec: MonitorSpec
  /** Event time, in milliseconds since 1970. */
  readonly end: number
  readonly reference: Reference | null
  /** Of each check, in the order of the spec. */
  readonly drift: readonly DriftWindow[]
  readonly missing: MissingWindow
  readonly quality: QualityWindow
  /** The oldest first, the window's own the last. */
  readonly steps: readonly Step[]
  /** What the window before this one found, and whether it was of the same model. */
  readonly previous: readonly WindowCheck[]
  readonly isSameModel: boolean
}

export interface JudgedWindow {
  readonly checks: readonly WindowCheck[]
  readonly budgetSpent: number | null
}

/** Pure: the same input gives the same findings. */
export function judgeWindow(input: WindowInput, floorOf: FloorOf): JudgedWindow {
  const { spec, end, reference, drift, missing, quality, steps } = input
  const availability = spec.slo === null ? null : judgeAvailability(spec.slo, { steps, end })
  const findings = [
    ...judgeDrift({ spec, reference, windows: drift, end }, floorOf),
    ...judgeMissing(spec, { window: missing, end }),
    ...judgeModel(spec, { window: quality, end }),
    ...judgeLatency(spec, { steps, end }),
    ...(availability === null ? [] : [availability.finding]),
  ]
  return { checks: counted(findings, input), budgetSpent: availability?.budgetSpent ?? null }
}

function counted(findings: readonly Finding[], input: WindowInput): readonly WindowCheck[] {
  const before = new Map(input.previous.map((check) => [checkName(check), check.breaches]))
  return findings.map((finding) => {
    const known = before.get(checkName(finding)) ?? 0
    // What was found of another model says nothing of this one.
    const kept = finding.kind === 'quality' && !input.isSameModel ? 0 : known
    const breaches = finding.state === 'wait' ? kept : finding.state === 'breach' ? kept + 1 : 0
    return { ...finding, breaches, alert: breaches >= consecutiveOf(input.spec, finding) }
  })
}

/** A budget is what may fail in a whole period: spent once is enough. */
function consecutiveOf({ drift, windows }: MonitorSpec, { kind, of, measure }: Finding): number {
  if (kind === 'availability') return 1
  if (kind !== 'drift') return windows.consecutive
  return drift.find((check) => check.feature === of && check.measure === measure)?.consecutive ?? windows.consecutive
}
