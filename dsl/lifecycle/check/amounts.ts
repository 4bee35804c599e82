import type { Issue } from '../../check/issue.ts'
import { type Duration, millisOf } from '../../units.ts'

/** A field and what its author wrote; undefined where it was left out. */
export type Given<T> = readonly [place: string, got: T | undefined]

/** One issue for each duration that is not above zero in whole milliseconds. */
export function durations(given: readonly Given<Duration>[]): readonly Issue[] {
  return given.flatMap(([place, got]) => {
    const millis = got === undefined ? 1 : millisOf(got)
    if (millis !== undefined && millis > 0 && Number.isInteger(millis)) return []
    const message = `expected a duration above zero, got "${got}"`
    return [{ rule: 'duration', place, message, remedy: 'write it as "90 days" or "6 hours"' }]
  })
}

/** One issue for each count that is not a whole number of at least 1. */
export function counts(given: readonly Given<number>[]): readonly Issue[] {
  return given.flatMap(([place, got]) => {
    if (got === undefined || (Number.isInteger(got) && got >= 1)) return []
    return [{ rule: 'count', place, message: `expected a whole number of at least 1, got ${got}`, remedy: 'change it' }]
  })
}

/** One issue for each share that is not a number of 0 to 1. */
export function shares(given: readonly Given<number>[]): readonly Issue[] {
  return given.flatMap(([place, got]) => {
    if (got === undefined || (got >= 0 && got <= 1)) return []
    return [{ rule: 'share', place, message: `expected a share of 0 to 1, got ${got}`, remedy: 'write 2 % as 0.02' }]
  })
}
