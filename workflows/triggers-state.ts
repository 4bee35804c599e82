import { setCurrentDetails } from '@temporalio/workflow'
import type { Trigger } from '../activities/launch/requests.ts'

/** What became of one trigger. `known`: the run of this name and id was there; `waiting`: its turn comes. */
export type Treated =
  | { readonly state: 'started' | 'known' | 'waiting'; readonly run: string }
  | { readonly state: 'refused'; readonly reason: string; readonly message: string }

export interface Told {
  /** `replay-7`; `?` of what is no trigger. */
  readonly trigger: string
  /** ISO 8601, UTC. */
  readonly at: string
  readonly treated: Treated
}

/** A trigger that waits for its turn, with when it came. */
export interface Waiting {
  readonly trigger: Trigger
  /** ISO 8601, UTC, in whole seconds. */
  readonly at: string
}

/** What `triggers` hands on when it continues as new. */
export interface TriggersResume {
  readonly counts: TriggersStatus['counts']
  readonly recent: readonly Told[]
  readonly waiting: readonly Waiting[]
}

/** The query `status`. Counts are of all that came since the pipeline's triggers were first listened to. */
export interface TriggersStatus {
  readonly pipeline: string
  readonly waiting: number
  readonly counts: Readonly<Record<Exclude<Treated['state'], 'waiting'>, number>>
  /** The newest last. */
  readonly recent: readonly Told[]
}

export interface TriggersState {
  readonly pipeline: string
  counts: TriggersStatus['counts']
  recent: readonly Told[]
}

const MOST_TOLD = 20
const LONGEST_MESSAGE = 300

export function startTriggers(pipeline: string, resume: TriggersResume | undefined): TriggersState {
  const { counts = { started: 0, known: 0, refused: 0 }, recent = [] } = resume ?? {}
  return { pipeline, counts, recent }
}

/** Counts it and shows it in the Temporal UI. */
export function tell(state: TriggersState, trigger: string, treated: Treated): void {
  if (treated.state === 'waiting') return
  state.counts = { ...state.counts, [treated.state]: state.counts[treated.state] + 1 }
  const short =
    treated.state === 'refused' ? { ...treated, message: treated.message.slice(0, LONGEST_MESSAGE) } : treated
  const told = { trigger, at: new Date().toISOString(), treated: short }
  state.recent = [...state.recent, told].slice(-MOST_TOLD)
  const { started, known, refused } = state.counts
  setCurrentDetails(
    [`**${started} started, ${known} known, ${refused} refused**`, '', ...state.recent.map(lineOf).toReversed()].join(
      '\n',
    ),
  )
}

function lineOf({ trigger, at, treated }: Told): string {
  const what = treated.state === 'refused' ? `**refused**: ${treated.message}` : `${treated.state}: \`${treated.run}\``
  return `- ${at.slice(0, 19)}Z \`${trigger}\` ${what}`
}
