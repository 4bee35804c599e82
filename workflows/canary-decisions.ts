import { condition, defineSignal, defineUpdate, setHandler } from '@temporalio/workflow'
import type { Decided } from '../activities/canary/requests.ts'
import { local } from './canary-calls.ts'
import type { CanaryState } from './canary-state.ts'

type Kind = 'promote' | 'abort'

/** Of an envelope, in characters. */
const MOST_CHARACTERS = 16_384
/** Of one canary: what floods it is dropped. */
const MOST_JUDGED = 100

/**
 * Updates and signals `promote` and `abort`, each with the same signed envelope. What is none is dropped, or refused where
 * somebody waits for an answer; a verified one is in the audit chain before it counts.
 */
export function hearDecisions(state: CanaryState): void {
  let judged = 0
  for (const kind of ['promote', 'abort'] as const) {
    const hear = async (envelope: string): Promise<Decided> => {
      judged += 1
      if (judged > MOST_JUDGED)
        return refused('too-many', `decision: expected at most ${MOST_JUDGED} on one canary, got more`)
      return decide(state, kind, envelope)
    }
    setHandler(defineUpdate<Decided, [string]>(kind), hear, { validator: refuseStrange })
    setHandler(defineSignal<[unknown]>(kind), async (envelope) => {
      if (isEnvelope(envelope)) await hear(envelope)
    })
  }
}

async function decide(state: CanaryState, kind: Kind, envelope: string): Promise<Decided> {
  await condition(() => state.opening !== undefined || state.phase === 'over')
  const { opening } = state
  if (opening === undefined || isOver(state))
    return refused('over', 'canary: expected one that goes on, got one that ends')
  const { candidate, decision: request } = opening
  const call = { ...state.request, request, envelope, decision: kind }
  const decided = await local.decideCanary.executeWithOptions({ ...OPTIONS, summary: `${kind} ${candidate}` }, [call])
  if (decided.accepted && !isOver(state)) act(state, kind, decided.person)
  return decided
}

const OPTIONS = { startToCloseTimeout: '10 seconds', retry: { maximumAttempts: 5 } } as const

function act(state: CanaryState, kind: Kind, person: string): void {
  if (kind === 'abort') {
    state.abortedBy ??= person
    state.climbing.cancel()
  } else if (state.abortedBy === null) {
    state.promotedBy ??= person
    state.holding?.cancel()
  }
}

function isOver({ phase }: CanaryState): boolean {
  return phase === 'promoting' || phase === 'taking-back' || phase === 'over'
}

function refused(reason: string, message: string): Decided {
  return { accepted: false, reason, message }
}

/** Before anything is written to the history. */
function refuseStrange(envelope: unknown): void {
  if (!isEnvelope(envelope)) throw new Error('decision: expected a signed envelope as text, got something else')
}

function isEnvelope(envelope: unknown): envelope is string {
  return typeof envelope === 'string' && envelope.length <= MOST_CHARACTERS && envelope.startsWith('{')
}
