import type { AtLeast, AtMost } from '../limits.ts'
import type { AnyModel, InputOf, TaskOf } from '../model.ts'
import type { Duration } from '../units.ts'
import type { Gates } from './gates.ts'
import type { Schedule } from './schedule.ts'

/** A window of event time: `over` is its length, a new one ends every `every`. */
export interface Windows {
  /** Its length. */
  readonly over: Duration
  /** From the end of one to that of the next; at most `over`. */
  readonly every: Duration
  /** How many breaches in a row make an alert. */
  readonly consecutive: number
}

/** How far a feature's distribution may be from that of its training: at least one measure. Windows default to the monitor's. */
export interface DriftBound extends Partial<Windows> {
  /** Population stability index over ten bins of the training data. */
  readonly psi?: AtMost
  /** Kolmogorov-Smirnov distance, 0 to 1. */
  readonly ks?: AtMost
  /** Jensen-Shannon distance to base 2, 0 to 1. */
  readonly js?: AtMost
}

/** How a service in production is looked after. A window with too little data waits and alerts nobody. */
export interface Monitor<M extends AnyModel> extends Windows {
  /** By feature. */
  readonly drift: { readonly [F in keyof InputOf<M>]?: DriftBound }
  /** Share of requests, 0 to 1, in which a feature's columns were missing. */
  readonly missing?: { readonly [F in keyof InputOf<M>]?: AtMost }
  /** On predictions whose outcomes are known. */
  readonly quality?: Gates<TaskOf<M>>
  /** 99th percentile of the service's latency, in milliseconds. */
  readonly p99Millis?: AtMost
  /**
   * How often drift may be alarmed of where there is none. A bound below what windows of training differ by is raised to
   * where they exceed it no more often than this. Default: once in 365 days, over all drift bounds together.
   */
  readonly falseAlarms?: { readonly atMost: number; readonly per: Duration }
}

/** What the service promises. Burn rates of the error budget alert long before it is spent. */
export interface Slo {
  /** Share of requests answered without error, 0 to 1. */
  readonly availability: AtLeast
  /** 99th percentile of the latency, in milliseconds. */
  readonly p99Millis: AtMost
  /** The time that the error budget is for. */
  readonly over: Duration
}

/** What makes the monitor start a run of its own, and how often it may. */
export interface Retrain {
  /** Whether an alert of drift or quality starts one. */
  readonly onDrift: boolean
  /** How much newer the newest data is than what the model in service saw. Default: new data alone starts none. */
  readonly after?: Duration
  /** Retrains by the clock, within cool-down and budget. Default: none. */
  readonly schedule?: Schedule
  /** Event time between the starts of two retrains. */
  readonly coolDown: Duration
  /** How many retrains there may be in how much event time. */
  readonly budget: { readonly runs: number; readonly per: Duration }
}
