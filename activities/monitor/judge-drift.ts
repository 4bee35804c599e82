import type { Cells, FeatureReference, Reference } from '../../data/training-reference.ts'
import type { DriftCheck, MonitorSpec } from '../../dsl/lifecycle/release-nodes.ts'
import { driftBetween, type DriftMeasure } from '../../stats/drift.ts'
import { driftFloor } from '../../stats/drift-floor.ts'
import { FEWEST_ROWS, instantOf, waits, type Finding } from './finding.ts'
import { sumOf } from './window-steps.ts'

const DAY_MILLIS = 86_400_000
const WEEK_MILLIS = 7 * DAY_MILLIS
/** The same training and as many rows have the same floor, window after window. */
const SEED = 1

/** Rows of one check's window by cell; null: nothing to say of it. */
export interface DriftWindow {
  readonly counts: readonly number[] | null
  /** Of the window before, of the same length. */
  readonly before: readonly number[] | null
}

export type DriftSpec = Pick<MonitorSpec, 'drift' | 'falseAlarms'>

/** What `rows` rows of a check's window differ by where there is no drift. */
export type FloorOf = (check: DriftCheck, rows: number) => number

interface Judging {
  readonly spec: DriftSpec
  readonly reference: Reference | null
  /** Of each check, in the order of the spec. */
  readonly windows: readonly DriftWindow[]
  readonly end: number
}

/** Holds each window against training, by the declared bound or by what windows of training differ by, if that is more. */
export function judgeDrift({ spec, reference, windows, end }: Judging, floorOf: FloorOf): readonly Finding[] {
  return spec.drift.map((check, at) => {
    const { feature, measure, atMost } = check
    const from = instantOf(end - check.overMillis)
    const subject = { kind: 'drift', of: feature, measure, from, declared: atMost } as const
    const trained = reference?.features[feature]
    const { counts, before } = windows[at] ?? NOTHING
    const rows = total(counts ?? [])
    if (trained === undefined || counts === null || rows < FEWEST_ROWS || trained.units.length === 0) {
      return waits(subject, rows)
    }
    const own = binned(counts, measure, trained.cells)
    const value = driftBetween(measure, binned(sumOf(trained.units), measure, trained.cells), own)
    const bound = Math.max(atMost, floorOf(check, rows))
    const enough = before !== null && total(before) >= FEWEST_ROWS
    const baseline = enough ? driftBetween(measure, binned(before, measure, trained.cells), own) : null
    return { ...subject, value, bound, baseline, rows, state: value > bound ? 'breach' : 'within' }
  })
}

const NOTHING: DriftWindow = { counts: null, before: null }

/**
 * Floors of one reference, each computed once. Rows are rounded down to a power of the square root of 2, so that there are few;
 * the fewer, the higher the floor.
 */
export function floorsOf(reference: Reference, { drift, falseAlarms }: DriftSpec): FloorOf {
  const known = new Map<string, number>()
  return (check, rows) => {
    const rounded = Math.floor(2 ** (Math.floor(2 * Math.log2(rows)) / 2))
    const { feature, measure, overMillis, everyMillis } = check
    const key = `${feature} ${measure} ${overMillis} ${everyMillis} ${rounded}`
    const trained = reference.features[feature]
    const rate = (falseAlarms.atMost * everyMillis) / falseAlarms.perMillis / drift.length
    const floor = known.get(key) ?? (trained ? floorBy(trained, { reference, check, rate, rows: rounded }) : 0)
    known.set(key, floor)
    return floor
  }
}

interface Floor {
  readonly reference: Reference
  readonly check: DriftCheck
  readonly rate: number
  readonly rows: number
}

function floorBy({ units, cells }: FeatureReference, { reference, check, rate, rows }: Floor): number {
  const { measure, overMillis } = check
  const { unitMillis } = reference
  const counts = units.map((unit) => binned(unit, measure, cells))
  const lengths = { units: Math.max(1, Math.round(overMillis / unitMillis)), block: WEEK_MILLIS / unitMillis }
  return driftFloor(counts, { measure, ...lengths, rows, rate: Math.min(rate, 0.5), seed: SEED }).value
}

/** What a reference counts by: days, or for shorter windows hours, so that a window is drawn as long as it is. */
export function unitMillisOf({ drift }: DriftSpec): number {
  const shortest = Math.min(DAY_MILLIS, ...drift.map(({ overMillis }) => overMillis))
  return shortest < DAY_MILLIS ? DAY_MILLIS / 24 : DAY_MILLIS
}

/** PSI and JS are over ten bins of training, KS over all its cells. */
function binned(counts: readonly number[], measure: DriftMeasure, cells: Cells): readonly number[] {
  if (measure === 'ks' || cells.type !== 'number') return counts
  const bins = Array.from({ length: (cells.bins.at(-1) ?? 0) + 1 }, () => 0)
  for (const [cell, count] of counts.entries()) {
    const bin = cells.bins[cell] ?? 0
    bins[bin] = (bins[bin] ?? 0) + count
  }
  return bins
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0)
}
