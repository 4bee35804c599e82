import type { Trigger } from '../activities/launch/requests.ts'
import { nameOf } from './treat-trigger.ts'
import type { Treated, Waiting } from './triggers-state.ts'

/** So that what waits can be handed on when the workflow continues as new. */
const MOST_WAITING = 100
const MOST_CHARACTERS = 32_768

/** Triggers in the order in which they came. Only so much is held: what floods it is refused. */
export interface TriggerQueue {
  /** Undefined: there is no room. */
  readonly offer: (trigger: Trigger) => Promise<Treated> | undefined
  readonly next: () => Queued | undefined
  readonly waiting: () => readonly Waiting[]
  /** Answers everybody whose trigger waits that it does. From here on that is the answer. */
  readonly close: () => void
}

interface Queued extends Waiting {
  readonly answer: (treated: Treated) => void
}

export function triggerQueue(pipeline: string, handedOn: readonly Waiting[]): TriggerQueue {
  const queue: Queued[] = handedOn.map((waiting) => ({ ...waiting, answer: () => undefined }))
  let closed = false
  const later = ({ trigger }: Waiting): Treated => ({ state: 'waiting', run: `run:${pipeline}:${nameOf(trigger)}` })
  return {
    offer: (trigger) => {
      if (queue.length >= MOST_WAITING || sizeOf(queue) >= MOST_CHARACTERS) return undefined
      return new Promise((answer) => {
        const queued = { trigger, at: `${new Date().toISOString().slice(0, 19)}Z`, answer }
        queue.push(queued)
        if (closed) answer(later(queued))
      })
    },
    next: () => queue.shift(),
    waiting: () => queue.map(({ trigger, at }) => ({ trigger, at })),
    close: () => {
      closed = true
      for (const queued of queue) queued.answer(later(queued))
    },
  }
}

function sizeOf(queue: readonly Queued[]): number {
  return queue.reduce((size, { trigger }) => size + JSON.stringify(trigger).length, 0)
}
