import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common'
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow'
import type { Opening, StepEnd } from '../activities/canary/requests.ts'
import type { CanaryState, Phase } from './canary-state.ts'

const STAGE = defineSearchAttributeKey('AnnealStage', SearchAttributeType.KEYWORD)
const MODEL = defineSearchAttributeKey('AnnealModel', SearchAttributeType.KEYWORD)
const AWAITING = defineSearchAttributeKey('AnnealAwaiting', SearchAttributeType.KEYWORD)
const VERDICT = defineSearchAttributeKey('AnnealVerdict', SearchAttributeType.KEYWORD)

/** The query `status` of a canary. */
export interface CanaryStatus {
  readonly phase: Phase
  readonly service: string | null
  readonly candidate: string | null
  readonly incumbent: string | null
  /** Basis points. */
  readonly share: number
  readonly generation: number
  /** Wall time, ISO 8601; null where nothing is held. */
  readonly holdEnds: string | null
  readonly awaiting: CanaryState['awaiting']
  readonly found: string
  readonly steps: readonly StepEnd[]
  /** What a signed `promote` or `abort` has to be about. */
  readonly decision: Opening['decision'] | null
}

export function statusOfCanary(state: CanaryState): CanaryStatus {
  const { phase, opening, share, generation, holdEndsMillis, awaiting, found, steps } = state
  return {
    phase,
    service: opening?.service ?? null,
    candidate: opening?.candidate ?? null,
    incumbent: opening?.incumbent ?? null,
    share,
    generation,
    holdEnds: holdEndsMillis === null ? null : new Date(holdEndsMillis).toISOString(),
    awaiting,
    found,
    steps,
    decision: opening?.decision ?? null,
  }
}

/** Keeps what the Temporal UI shows of the canary up to date. An attribute costs an event, so only a change is sent. */
export function canaryReporter(state: CanaryState): () => void {
  let shown: { model?: string | undefined; awaiting?: string | null } = { awaiting: null }
  return () => {
    setCurrentDetails(detailsOf(state))
    const next = { model: state.opening?.candidate, awaiting: state.awaiting }
    if (next.model !== undefined && next.model !== shown.model) {
      upsertSearchAttributes([
        { key: STAGE, value: 'canary' },
        { key: MODEL, value: next.model },
      ])
    }
    if (next.awaiting !== shown.awaiting) upsertSearchAttributes([{ key: AWAITING, value: next.awaiting }])
    shown = next
  }
}

export function showOutcome(outcome: string): void {
  upsertSearchAttributes([{ key: VERDICT, value: outcome }])
}

function detailsOf(state: CanaryState): string {
  const { opening, phase, share, generation, found, steps } = state
  if (opening === undefined) return '**opening**'
  const { candidate, incumbent, service } = opening
  return [
    `**${service}: ${candidate} at ${percent(share)}**, ${phase}`,
    '',
    `- against ${incumbent ?? 'nothing: it is the first model'}`,
    `- generation ${generation}`,
    ...(state.awaiting === null ? [] : ['- waits for a gateway: start one with `anneal serve`']),
    ...(state.holdEndsMillis === null ? [] : [`- held until ${new Date(state.holdEndsMillis).toISOString()} at least`]),
    ...(found === '' ? [] : [`- ${found}`]),
    ...steps.map((step) => `- ${percent(step.share)}: ${step.verdict}, ${step.reason}`),
  ].join('\n')
}

export function percent(basisPoints: number): string {
  return `${basisPoints / 100} %`
}
