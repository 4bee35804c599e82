import type { AtLeast, AtMost } from '../limits.ts'
import type { Separation } from './approval.ts'
import type { MetricLimit } from './nodes.ts'

/** Waits for signed decisions. Times are wall time. */
export interface ApproveSpec {
  readonly service: string
  readonly roles: readonly string[]
  readonly quorum: number
  readonly withinMillis: number
  readonly commentRequired: boolean
  readonly separation: Separation
}

/** Moves traffic step by step. Times are event time. */
export interface CanarySpec {
  readonly service: string
  /** Ascending, the last one 1. */
  readonly traffic: readonly number[]
  readonly holdMillis: number
  readonly maxHoldMillis: number
  readonly errorRate: AtMost
  readonly p99Millis: AtMost
  readonly quality: readonly MetricLimit[]
  readonly whenBusy: 'wait' | 'end'
}

/** Moves all traffic at once. */
export interface DirectSpec {
  readonly service: string
}

/** Makes sure that the service's monitor runs by this policy. Times are event time. */
export interface MonitorSpec {
  readonly service: string
  readonly drift: readonly DriftCheck[]
  readonly missing: readonly MissingCheck[]
  readonly quality: readonly MetricLimit[]
  readonly p99Millis: AtMost | null
  /** Of missing, quality and latency. Its step is the monitor's: the others are multiples of it. */
  readonly windows: WindowSpec
  readonly slo: SloSpec | null
  readonly retrain: RetrainSpec | null
  /** Of drift, over all its checks. */
  readonly falseAlarms: { readonly atMost: number; readonly perMillis: number }
  /** Null: gateways keep the past that a model was trained on. */
  readonly refreshMillis: number | null
}

export interface WindowSpec {
  readonly overMillis: number
  readonly everyMillis: number
  readonly consecutive: number
}

export interface DriftCheck extends WindowSpec {
  readonly feature: string
  readonly measure: 'psi' | 'ks' | 'js'
  readonly atMost: number
}

export interface MissingCheck {
  readonly feature: string
  readonly atMost: number
}

export interface SloSpec {
  readonly availability: AtLeast
  readonly p99Millis: AtMost
  readonly overMillis: number
}

export interface RetrainSpec {
  readonly onDrift: boolean
  readonly afterMillis: number | null
  readonly schedule: ScheduleSpec | null
  readonly coolDownMillis: number
  readonly budget: { readonly runs: number; readonly perMillis: number }
}

export interface ScheduleSpec {
  readonly at:
    | { readonly type: 'cron'; readonly expression: string }
    | { readonly type: 'interval'; readonly everyMillis: number; readonly offsetMillis: number }
  readonly timeZone: string
  readonly overlap: 'skip' | 'buffer-one' | 'buffer-all' | 'cancel-older'
  readonly catchUpMillis: number
}
