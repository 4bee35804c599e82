import type { Issue } from '../../check/issue.ts'
import type { AnyModel } from '../../model.ts'
import { millisOf } from '../../units.ts'
import { modelsOf, type Lifecycle } from '../lifecycle.ts'
import type { DriftBound, Monitor, Windows } from '../monitor.ts'
import { counts, durations, shares } from './amounts.ts'
import type { LifecycleRule } from './lifecycle-rule.ts'

/** What is watched exists in every candidate, and its windows can be filled. */
export const monitor: LifecycleRule = (lifecycle) => {
  const { slo, refresh } = lifecycle
  const watch = lifecycle.monitor
  if (watch === undefined) {
    return [...(slo === undefined ? [] : [unwatched('slo')]), ...(refresh === undefined ? [] : [unwatched('refresh')])]
  }
  return [
    ...windowIssues('monitor', watch),
    ...steps(watch),
    ...unknownFeatures(lifecycle, watch),
    ...bounds(watch).flatMap(([feature, bound]) => driftIssues(feature, bound, watch)),
    ...durations([
      ['slo.over', slo?.over],
      ['refresh', refresh],
      ['monitor.falseAlarms.per', watch.falseAlarms?.per],
    ]),
    ...aboveZero(watch.falseAlarms?.atMost),
    ...shares([['slo.availability', slo?.availability.atLeast]]),
  ]
}

function bounds({ drift }: Monitor<AnyModel>): readonly (readonly [string, DriftBound])[] {
  return Object.entries<DriftBound>(drift)
}

function windowIssues(place: string, { over, every, consecutive }: Windows): readonly Issue[] {
  const unfit = [
    ...durations([
      [`${place}.over`, over],
      [`${place}.every`, every],
    ]),
    ...counts([[`${place}.consecutive`, consecutive]]),
  ]
  if (unfit.length > 0 || (millisOf(every) ?? 0) <= (millisOf(over) ?? 0)) return unfit
  const message = `expected a step of at most the window of "${over}", got "${every}"`
  return [{ rule: 'monitor', place: `${place}.every`, message, remedy: 'or some time would never be looked at' }]
}

function unknownFeatures(lifecycle: Lifecycle, { drift, missing = {} }: Monitor<AnyModel>): readonly Issue[] {
  const watched = [...new Set([...Object.keys(drift), ...Object.keys(missing)])]
  return modelsOf(lifecycle).flatMap(({ name, features }) => {
    const known = features.features.map((feature) => feature.name)
    return watched
      .filter((feature) => !known.includes(feature))
      .map((feature) => ({
        rule: 'monitor',
        place: `monitor of "${feature}"`,
        message: `expected a feature of model "${name}", got none of that name`,
        remedy: `watch one of: ${known.join(', ')}`,
      }))
  })
}

function driftIssues(feature: string, bound: DriftBound, watch: Windows): readonly Issue[] {
  const place = `monitor.drift.${feature}`
  const { psi, ks, js } = bound
  const own = bound.over !== undefined || bound.every !== undefined || bound.consecutive !== undefined
  const windows = own ? windowIssues(place, { ...watch, ...bound }) : []
  if (psi === undefined && ks === undefined && js === undefined) {
    const message = 'expected a bound on psi, ks or js, got none'
    return [...windows, { rule: 'monitor', place, message, remedy: 'add one, such as psi: atMost(0.2)' }]
  }
  return [
    ...windows,
    ...shares([
      [`${place}.ks`, ks?.atMost],
      [`${place}.js`, js?.atMost],
    ]),
  ]
}

/** One step of the monitor is one closed slice of the log; windows are made of whole ones. */
function steps(watch: Monitor<AnyModel>): readonly Issue[] {
  const step = millisOf(watch.every) ?? 0
  const wanted = [
    ['monitor.over', watch.over] as const,
    ...bounds(watch).flatMap(([feature, { over, every }]) => [
      [`monitor.drift.${feature}.over`, over] as const,
      [`monitor.drift.${feature}.every`, every] as const,
    ]),
  ]
  return wanted.flatMap(([place, got]) => {
    const millis = got === undefined ? undefined : millisOf(got)
    // A window that is shorter than its step is told of as that.
    if (millis === undefined || step <= 0 || millis % step === 0 || millis < step) return []
    const message = `expected a multiple of the monitor's step of "${watch.every}", got "${got}"`
    return [{ rule: 'monitor', place, message, remedy: 'lengthen it, or shorten monitor.every' }]
  })
}

function aboveZero(got: number | undefined): readonly Issue[] {
  if (got === undefined || (Number.isFinite(got) && got > 0)) return []
  const place = 'monitor.falseAlarms.atMost'
  return [{ rule: 'count', place, message: `expected a number above 0, got ${got}`, remedy: 'change it' }]
}

function unwatched(place: 'slo' | 'refresh'): Issue {
  const message = 'expected a monitor that looks after it, got none'
  return { rule: 'monitor', place, message, remedy: 'add monitor: { … }' }
}
