import type { AtMost } from '../limits.ts'
import type { AnyModel, TaskOf } from '../model.ts'
import type { Duration, Percent } from '../units.ts'
import type { Margins } from './gates.ts'

/** How traffic moves from the model in service to the candidate, and what moves it back. */
export interface Canary<M extends AnyModel> {
  /** Shares of the traffic in ascending order, up to '100%'. */
  readonly traffic: readonly [first: Percent, ...rest: Percent[]]
  /** How long a share is held at least. */
  readonly hold: Duration
  /** How long a share is held at most while evidence is missing; then traffic goes back. Default: four times `hold`. */
  readonly maxHold?: Duration
  /** What moves all traffic back. */
  readonly rollbackOn: RollbackOn<M>
  /** When another canary has the service: wait for it, or end the run as `busy`. Default 'wait'. */
  readonly whenBusy?: 'wait' | 'end'
}

/** What the candidate may not exceed while it has traffic. */
export interface RollbackOn<M extends AnyModel> {
  /** Share of requests that fail, 0 to 1. */
  readonly errorRate: AtMost
  /** 99th percentile of the candidate's latency, in milliseconds. */
  readonly p99Millis: AtMost
  /** Against the model in service, as outcomes become known. Default: not judged. */
  readonly quality?: Margins<TaskOf<M>>
}
