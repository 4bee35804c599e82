import type { AtMost } from '../limits.ts'
import type { AnyModel } from '../model.ts'
import type { Lifecycle } from './lifecycle.ts'
import { limitsOf, millis } from './model-nodes.ts'
import type { DriftBound, Monitor, Retrain, Slo, Windows } from './monitor.ts'
import type { DriftCheck, MonitorSpec, RetrainSpec, ScheduleSpec, SloSpec, WindowSpec } from './release-nodes.ts'
import type { Schedule } from './schedule.ts'

export function monitorSpec(lifecycle: Lifecycle, monitor: Monitor<AnyModel>, service: string): MonitorSpec {
  const { slo, retrain, refresh } = lifecycle
  const { drift, missing = {}, quality = {}, p99Millis, falseAlarms = ONCE_A_YEAR } = monitor
  return {
    service,
    drift: sorted<DriftBound>(drift).flatMap(([feature, bound]) => driftChecks(feature, bound, monitor)),
    missing: sorted<AtMost>(missing).map(([feature, { atMost }]) => ({ feature, atMost })),
    quality: limitsOf(quality),
    p99Millis: p99Millis ?? null,
    windows: windowSpec(monitor),
    slo: slo === undefined ? null : sloSpec(slo),
    retrain: retrain === undefined ? null : retrainSpec(retrain),
    falseAlarms: { atMost: falseAlarms.atMost, perMillis: millis(falseAlarms.per) },
    refreshMillis: refresh === undefined ? null : millis(refresh),
  }
}

const ONCE_A_YEAR = { atMost: 1, per: '365 days' } as const

export function scheduleSpec({ at, timeZone, overlap, catchUp }: Schedule): ScheduleSpec {
  const times =
    at.type === 'cron' ? at : { type: at.type, everyMillis: millis(at.every), offsetMillis: millis(at.offset) }
  return { at: times, timeZone, overlap, catchUpMillis: millis(catchUp) }
}

const MEASURES = ['psi', 'ks', 'js'] as const

function driftChecks(feature: string, bound: DriftBound, monitor: Windows): readonly DriftCheck[] {
  const windows = windowSpec({ ...monitor, ...bound })
  return MEASURES.flatMap((measure) => {
    const limit = bound[measure]
    return limit === undefined ? [] : [{ feature, measure, atMost: limit.atMost, ...windows }]
  })
}

function windowSpec({ over, every, consecutive }: Windows): WindowSpec {
  return { overMillis: millis(over), everyMillis: millis(every), consecutive }
}

function sloSpec({ availability, p99Millis, over }: Slo): SloSpec {
  return { availability, p99Millis, overMillis: millis(over) }
}

function retrainSpec({ onDrift, after, schedule, coolDown, budget }: Retrain): RetrainSpec {
  return {
    onDrift,
    afterMillis: after === undefined ? null : millis(after),
    schedule: schedule === undefined ? null : scheduleSpec(schedule),
    coolDownMillis: millis(coolDown),
    budget: { runs: budget.runs, perMillis: millis(budget.per) },
  }
}

function sorted<T>(byFeature: { readonly [feature: string]: T | undefined }): readonly (readonly [string, T])[] {
  return Object.entries(byFeature)
    .flatMap(([feature, bound]) => (bound === undefined ? [] : [[feature, bound] as const]))
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
}
