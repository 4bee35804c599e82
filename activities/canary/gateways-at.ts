import { setTimeout as pause } from 'node:timers/promises'
import { acknowledgements, type Acknowledgement } from '../../store/acknowledgements.ts'
import type { Engine } from '../engine.ts'
import type { Acknowledged } from './requests.ts'

const LOOK_MILLIS = 50
/** A gateway that starts says so within this. */
const ARRIVAL_MILLIS = 2000
/** Copying a model and its features takes a while; a gateway that takes longer than this is stuck. */
const PATIENCE_MILLIS = 120_000

interface Awaiting {
  readonly service: string
  readonly generation: number
  readonly waits: boolean
  readonly signal: AbortSignal
}

/** Looks until every live gateway answers by the generation, or one says that it will not. Loads nothing of Temporal: commands use it too. */
export async function gatewaysAt(
  { objects }: Pick<Engine, 'objects'>,
  { service, generation, waits, signal }: Awaiting,
): Promise<Acknowledged> {
  const began = Date.now()
  let firstSeen: number | undefined
  while (true) {
    signal.throwIfAborted()
    const live = await acknowledgements(objects).live(service, Date.now())
    const now = Date.now()
    firstSeen ??= live.length > 0 ? now : undefined
    const answer = answerOf(live, generation)
    if (answer !== undefined) return answer
    if (firstSeen === undefined && !waits && now - began > ARRIVAL_MILLIS) return { state: 'none' }
    if (firstSeen !== undefined && now - firstSeen > PATIENCE_MILLIS) return late(live, generation)
    await pause(LOOK_MILLIS, undefined, { signal })
  }
}

function answerOf(live: readonly Acknowledgement[], generation: number): Acknowledged | undefined {
  const refusing = live.find(({ refused }) => refused !== null && refused.generation >= generation)
  if (refusing?.refused) return { state: 'refused', reason: `gateway ${refusing.gateway}: ${refusing.refused.reason}` }
  if (live.length === 0 || live.some((one) => one.generation < generation)) return undefined
  return { state: 'acknowledged', gateways: live.length, atMillis: Date.now() }
}

function late(live: readonly Acknowledgement[], generation: number): Acknowledged {
  const behind = live.find((one) => one.generation < generation)
  const got = behind === undefined ? 'none alive' : `${behind.generation} by ${behind.gateway}`
  return { state: 'refused', reason: `gateways: expected generation ${generation} within 2 minutes, got ${got}` }
}
