import type { Binding } from '../dsl/plan.ts'
import { ActivityError } from './errors.ts'
import { resolveBinding, type Scope } from './resolve-binding.ts'

/**
 * The run's event time in the form that data has it: ISO 8601, UTC, six decimals. Null where the data has no time.
 * `2001-04-01T02:00:00+02:00` → `2001-04-01T00:00:00.000000Z`. Throws `input-missing`, `as-of-invalid`.
 */
export function asOfOf(binding: Binding | null, scope: Scope): string | null {
  if (binding === null) return null
  const given = JSON.stringify(resolveBinding(binding, scope))
  const [, whole = '', fraction = '', zone = ''] =
    /^"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d)"$/.exec(given) ?? []
  const millis = Date.parse(`${whole}${zone}`)
  if (!Number.isNaN(millis)) return `${new Date(millis).toISOString().slice(0, 19)}.${fraction.padEnd(6, '0')}Z`
  const message = `node "${scope.node}" asOf: expected an instant like "2001-04-01T00:00:00Z", got ${given.slice(0, 64)}; correct --param asOf`
  throw new ActivityError('as-of-invalid', { message, retry: false })
}

/** An instant of that form so many milliseconds earlier. */
export function earlierBy(instant: string, millis: number): string {
  const earlier = new Date(Date.parse(instant) - millis).toISOString()
  // A date has milliseconds; the microseconds after them stay.
  return `${earlier.slice(0, -1)}${instant.slice(-4, -1)}Z`
}
