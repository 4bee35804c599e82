import type { z } from 'zod'
import type { Duration } from '../units.ts'

/** When runs start by themselves. Nothing has a default: what Temporal assumes differs between server and SDK. */
export interface Schedule {
  /** By `cron` or `every`. */
  readonly at: Times
  /** IANA name, such as 'Europe/Berlin'. */
  readonly timeZone: string
  /** When the run before is still going: leave this one out, keep one waiting, keep all waiting, or end the older one. */
  readonly overlap: 'skip' | 'buffer-one' | 'buffer-all' | 'cancel-older'
  /** How late a start may be made up for after an outage. */
  readonly catchUp: Duration
}

export type Times =
  | { readonly type: 'cron'; readonly expression: string }
  | { readonly type: 'interval'; readonly every: Duration; readonly offset: Duration }

/** Five fields: minute, hour, day of month, month, day of week. */
export function cron(expression: string): Times {
  return { type: 'cron', expression }
}

/** Each interval from the epoch on, in whole seconds, shifted by `offset`. */
export function every(
  interval: Duration,
  {
    offset = '0 seconds',
  }: {
    /** From '0 seconds' (the default) to below the interval; whole seconds. */
    readonly offset?: Duration
  } = {},
): Times {
  return { type: 'interval', every: interval, offset }
}

/** A signal that starts a run; its payload's fields are parameters of the run, by name. */
export interface Trigger {
  readonly payload: z.ZodObject
}

/** A signal that starts a run. The fields of its payload are parameters of the run, by name. */
export function trigger(payload: z.ZodObject): Trigger {
  return { payload }
}
