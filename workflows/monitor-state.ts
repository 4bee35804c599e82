import type { Due, Evaluated, Policy, Refreshed, RetrainCause, RetrainRequest } from '../activities/monitor/requests.ts'

/** A wish for a retrain that is not decided yet. */
export type Ask = Pick<RetrainRequest, 'cause' | 'id' | 'reason' | 'by' | 'asOf'>

/** What became of one. `failed`: nobody could decide; the reason says why. */
export interface Retrained extends Pick<Ask, 'cause' | 'id'> {
  readonly state: 'ordered' | 'declined' | 'failed'
  /** The run, or why there is none. */
  readonly told: string
}

/** The causes that a monitor finds by itself. */
export type OwnCause = Extract<RetrainCause, 'drift' | 'new-data'>

/** What one part of the monitor stumbles over at present; null: nothing. */
export type Trouble = Record<'look' | 'windows' | 'refresh', string | null>

export interface MonitorState {
  policy: Policy
  /** The newest one that was told, before the first look by it; null: none. */
  offered: Policy | null
  /** Undefined before the first look. */
  due: Due | undefined
  /** The window evaluated last. */
  last: Evaluated | null
  /** How many this monitor has evaluated, over its continuations. */
  evaluated: number
  /** The step refreshed for last, or given up. */
  refreshed: { readonly at: string; readonly state: Refreshed['state'] | 'failed'; readonly reason: string } | null
  /** Oldest first. */
  asks: readonly Ask[]
  /** The newest ones, oldest first. */
  retrains: readonly Retrained[]
  /** End of the window by which each was asked for last. */
  readonly asked: Record<OwnCause, string | null>
  /** Messages that were none. */
  ignored: number
  readonly trouble: Trouble
  /** Counts up with each reason to look at once. */
  wakes: number
  /** While the activity runs. */
  refreshing: boolean
}

/** What a monitor hands on when it continues as new. */
export type MonitorResume = Omit<MonitorState, 'policy' | 'due' | 'trouble' | 'wakes' | 'refreshing'>

export function startMonitor(policy: Policy, resume: MonitorResume | undefined): MonitorState {
  return {
    policy,
    offered: null,
    due: undefined,
    last: null,
    evaluated: 0,
    refreshed: null,
    asks: [],
    retrains: [],
    asked: { drift: null, 'new-data': null },
    ignored: 0,
    ...resume,
    trouble: { look: null, windows: null, refresh: null },
    wakes: 0,
    refreshing: false,
  }
}

export function resumeOf(state: MonitorState): MonitorResume {
  const { offered, last, evaluated, refreshed, asks, retrains, asked, ignored } = state
  return { offered, last, evaluated, refreshed, asks, retrains, asked, ignored }
}

/** Kept in the history each time it continues as new. */
const MOST_RETRAINS = 10
const MOST_ASKS = 100

/** Takes a wish, unless the same one waits already; false: too many wait. */
export function ask(state: MonitorState, wish: Ask): boolean {
  if (state.asks.some(({ cause, id }) => cause === wish.cause && id === wish.id)) return true
  if (state.asks.length >= MOST_ASKS) return false
  state.asks = [...state.asks, wish]
  return true
}

/** The oldest wish has been decided. */
export function settleAsk(state: MonitorState, retrained: Retrained): void {
  state.asks = state.asks.slice(1)
  state.retrains = [...state.retrains, retrained].slice(-MOST_RETRAINS)
}
