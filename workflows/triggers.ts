import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  setHandler,
  setWorkflowOptions,
  sleep,
  workflowInfo,
} from '@temporalio/workflow'
import { lasting } from './lasting.ts'
import { refusalLog, type RefusalLog } from './refusal-log.ts'
import { nameOf, treat } from './treat-trigger.ts'
import { triggerOf } from './trigger-intake.ts'
import { triggerQueue, type TriggerQueue } from './trigger-queue.ts'
import {
  startTriggers,
  tell,
  type Treated,
  type TriggersResume,
  type TriggersState,
  type TriggersStatus,
} from './triggers-state.ts'

export interface TriggersInput {
  readonly pipeline: string
  /** Continue as new beyond this many events. Default 400. */
  readonly maxEvents?: number
  /** Set by the workflow itself when it continues as new. */
  readonly resume?: TriggersResume
}

const status = defineQuery<TriggersStatus>('status')
const signal = defineSignal<[unknown]>('trigger')
const update = defineUpdate<Treated, [unknown]>('trigger')

const MAX_EVENTS = 400

/** After each run that was started: whoever floods a pipeline with triggers starts 60 runs a minute. */
const PAUSE = '1 second'

/**
 * Listens to a pipeline's triggers, by signal or update `trigger` with `{ name, id, payload }`, and starts a run for each
 * name and id, once: of the plan applied last, as an abandoned child. What is wrong starts nothing; it is answered, counted,
 * and goes to the rate-limited log of refusals.
 */
export async function triggers({ pipeline, maxEvents = MAX_EVENTS, resume }: TriggersInput): Promise<never> {
  const state = startTriggers(pipeline, resume)
  const queue = triggerQueue(pipeline, resume?.waiting ?? [])
  const refusals = refusalLog()
  listen({ state, queue, refusals })
  const isLong = (): boolean => {
    const { historyLength, continueAsNewSuggested } = workflowInfo()
    return historyLength >= maxEvents || continueAsNewSuggested
  }
  while (!isLong()) {
    await condition(() => queue.waiting().length > 0 || isLong())
    const next = isLong() ? undefined : queue.next()
    if (next === undefined) continue
    const treated = await treat(pipeline, next)
    conclude({ state, refusals }, nameOf(next.trigger), treated)
    next.answer(treated)
    if (treated.state === 'started') await sleep(PAUSE, { summary: 'before the next run' })
  }
  queue.close()
  await condition(allHandlersFinished)
  // An answer in the very task that continues as new can get lost.
  await sleep('100 milliseconds', { summary: 'answers under way' })
  await refusals.drain()
  const { counts, recent } = state
  return continueAsNew<typeof triggers>({ pipeline, maxEvents, resume: { counts, recent, waiting: queue.waiting() } })
}

setWorkflowOptions(lasting, triggers)

interface Listening {
  readonly state: TriggersState
  readonly queue: TriggerQueue
  readonly refusals: RefusalLog
}

function listen({ state, queue, refusals }: Listening): void {
  const take = (input: unknown): Promise<Treated> => {
    const taken = triggerOf(input)
    const offered = 'message' in taken ? undefined : queue.offer(taken.trigger)
    if (offered !== undefined) return offered
    const treated: Treated = 'message' in taken ? { state: 'refused', reason: 'malformed', ...taken } : FLOOD
    conclude({ state, refusals }, 'message' in taken ? '?' : nameOf(taken.trigger), treated)
    return Promise.resolve(treated)
  }
  setHandler(status, () => {
    const { pipeline, counts, recent } = state
    return { pipeline, waiting: queue.waiting().length, counts, recent }
  })
  setHandler(update, take, { validator: refuseStrange })
  // What a signal asks for is not waited for here: a handler that goes on would hold up continuing as new.
  setHandler(signal, (input) => void take(input))
}

/** Before anything of it is written to the history. */
function refuseStrange(input: unknown): void {
  const taken = triggerOf(input)
  if ('message' in taken) throw ApplicationFailure.nonRetryable(taken.message, 'malformed')
}

const FLOOD: Treated = {
  state: 'refused',
  reason: 'too-many',
  message: 'expected triggers that can be kept until their turn, got too many at once',
}

function conclude({ state, refusals }: Omit<Listening, 'queue'>, trigger: string, treated: Treated): void {
  tell(state, trigger, treated)
  if (treated.state !== 'refused') return
  const { reason, message } = treated
  const request = { service: state.pipeline, nonce: workflowInfo().workflowId }
  refusals.note({ request, reason, message: `${trigger}: ${message}` })
}
