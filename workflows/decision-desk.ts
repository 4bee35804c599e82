import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  currentUpdateInfo,
  defineSignal,
  defineUpdate,
  proxyLocalActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow'
import type { Activities } from '../activities/activities.ts'
import type { Decided, SignedEnvelope } from '../activities/decide.ts'
import { messageOf } from './failures.ts'
import { refusalLog } from './refusal-log.ts'
import type { Attended } from './run-state.ts'
import { envelopeOf } from './signed-envelope.ts'

const decide = defineUpdate<Decided, [unknown]>('decide')
const decideBySignal = defineSignal<[unknown]>('decide')

const TIMEOUT = { startToCloseTimeout: '10 seconds', summary: 'decision' } as const
const local = proxyLocalActivities<Activities>(TIMEOUT)
/** Whoever sends an update hears of a failure and sends it again; of a signal nobody hears. */
const UPDATE = { ...TIMEOUT, retry: { maximumAttempts: 3 } } as const
const SIGNAL = { ...TIMEOUT, retry: { maximumInterval: '1 minute' } } as const

/** Where a run takes signed decisions, by update and by signal `decide`. */
export interface DecisionDesk {
  /** From here on decisions are taken on this request. */
  readonly attend: (attended: Attended) => void
  /** No request is open any more. */
  readonly leave: () => void
  /** Finishes what has been sent, before the run ends or continues as new; signals are taken meanwhile. */
  readonly drain: () => Promise<void>
}

export function decisionDesk(onChange: () => void): DecisionDesk {
  const { runId } = workflowInfo()
  const refusals = refusalLog()
  let attended: Attended | undefined
  let [closing, signals] = [false, 0]

  async function record(at: Attended, envelope: SignedEnvelope, submission: string): Promise<Decided> {
    const { service, nonce } = at.request
    const options = submission.startsWith('update:') ? UPDATE : SIGNAL
    const answer = await local.recordDecision.executeWithOptions(options, [{ service, nonce, envelope, submission }])
    // For a move of the run that was cut off: it has to ask anew.
    if (answer.tally.outcome === 'withdrawn') at.tally = answer.tally
    if (answer.accepted) {
      // Of two that were recorded at once, the one with more votes was the later.
      if (answer.tally.votes.length >= at.tally.votes.length) at.tally = answer.tally
      onChange()
    } else refusals.note({ request: at.request, ...answer })
    return answer
  }

  async function takeSignal(input: unknown): Promise<void> {
    const submission = `signal:${runId}:${(signals += 1)}`
    const envelope = envelopeOf(input)
    // A run that has continued as new asks for its request first.
    await condition(() => attended !== undefined || closing)
    if (attended === undefined) return
    const at = attended
    const note = (reason: string, message: string): void => refusals.note({ request: at.request, reason, message })
    if (envelope === undefined) return note('malformed', 'signal: expected a signed envelope, got something else')
    await record(at, envelope, submission).catch((error: unknown) => note('not-recorded', messageOf(error)))
  }

  setHandler(decide, (input) => record(openRequest(attended), fit(input), `update:${updateId()}`), {
    validator: (input) => {
      openRequest(attended)
      fit(input)
    },
  })
  setHandler(decideBySignal, takeSignal)

  return {
    attend: (next) => (attended = next),
    leave: () => (attended = undefined),
    drain: async () => {
      closing = true
      do {
        await condition(allHandlersFinished)
        await refusals.drain()
      } while (!allHandlersFinished() || !refusals.isIdle())
    },
  }
}

function openRequest(attended: Attended | undefined): Attended {
  if (attended !== undefined) return attended
  const message = 'decision: expected a run that waits for approval, got one that does not at this moment'
  throw ApplicationFailure.nonRetryable(message, 'not-awaited')
}

function fit(input: unknown): SignedEnvelope {
  const envelope = envelopeOf(input)
  if (envelope !== undefined) return envelope
  throw ApplicationFailure.nonRetryable('decision: expected a signed envelope, got something else', 'malformed')
}

function updateId(): string {
  return currentUpdateInfo()?.id ?? ''
}
