import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  defineSignal,
  defineUpdate,
  setHandler,
} from '@temporalio/workflow'
import type { Decided } from '../activities/canary/requests.ts'
import type { SignedEnvelope } from '../activities/decide.ts'
import { local } from './canary-calls.ts'
import type { CanaryState } from './canary-state.ts'
import { messageOf } from './failures.ts'
import { refusalLog, type RefusalLog } from './refusal-log.ts'
import { envelopeOf } from './signed-envelope.ts'

type Kind = 'promote' | 'abort'

/** Judged by a worker, of one canary: it takes one to decide, and what floods it is only counted. */
const MOST_JUDGED = 200

/** Where a canary takes signed decisions. */
export interface CanaryDesk {
  /** Finishes what has been sent, before the canary ends or continues as new. */
  readonly drain: () => Promise<void>
}

/**
 * Updates and signals `promote` and `abort`, each with the same signed envelope. A verified one is in the audit chain before
 * it counts; a refused one is answered with its reason, and goes to the service's rate-limited log of refusals.
 */
export function canaryDesk(state: CanaryState): CanaryDesk {
  const refusals = refusalLog()
  let judged = 0
  for (const kind of ['promote', 'abort'] as const) {
    const take = async (envelope: SignedEnvelope | undefined): Promise<Decided> => {
      const decided =
        envelope === undefined ? STRANGE : (judged += 1) > MOST_JUDGED ? FLOOD : await decide(state, kind, envelope)
      if (!decided.accepted) note(refusals, state, decided)
      return decided
    }
    setHandler(defineUpdate<Decided, [unknown]>(kind), (input) => take(envelopeOf(input)), { validator: refuseStrange })
    setHandler(defineSignal<[unknown]>(kind), async (input) => {
      await take(envelopeOf(input)).catch((error: unknown) =>
        note(refusals, state, { reason: 'not-recorded', message: messageOf(error) }),
      )
    })
  }
  return {
    drain: async () => {
      do {
        await condition(allHandlersFinished)
        await refusals.drain()
      } while (!allHandlersFinished() || !refusals.isIdle())
    },
  }
}

type Refused = Extract<Decided, { readonly accepted: false }>

const STRANGE = refused('malformed', 'decision: expected a signed envelope, got something else')
const FLOOD = refused('too-many', `decision: expected at most ${MOST_JUDGED} on one canary, got more`)
const OVER = refused('over', 'canary: expected one that goes on, got one that ends')

function refused(reason: string, message: string): Refused {
  return { accepted: false, reason, message }
}

function note(
  refusals: RefusalLog,
  { opening }: CanaryState,
  refusal: { readonly reason: string; readonly message: string },
): void {
  if (opening !== undefined) refusals.note({ request: opening.decision, ...refusal })
}

async function decide(state: CanaryState, kind: Kind, envelope: SignedEnvelope): Promise<Decided> {
  await condition(() => state.opening !== undefined || isOver(state))
  const { opening } = state
  if (opening === undefined || isOver(state)) return OVER
  const { candidate, decision: request } = opening
  const call = { ...state.request, request, envelope, decision: kind }
  const decided = await local.decideCanary.executeWithOptions({ ...OPTIONS, summary: `${kind} ${candidate}` }, [call])
  if (decided.accepted) act(state, kind, decided.person)
  return decided
}

const OPTIONS = { startToCloseTimeout: '10 seconds', retry: { maximumAttempts: 5 } } as const

/** One that comes while the canary ends is written down, and changes nothing. */
function act(state: CanaryState, kind: Kind, person: string): void {
  if (isOver(state)) return
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

/** Before anything of it is written to the history. */
function refuseStrange(input: unknown): void {
  if (envelopeOf(input) !== undefined) return
  throw ApplicationFailure.nonRetryable(STRANGE.message, STRANGE.reason)
}
