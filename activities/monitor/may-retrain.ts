import type { RetrainSpec } from '../../dsl/lifecycle/release-nodes.ts'
import type { Engine } from '../engine.ts'
import type { RetrainRequest } from './requests.ts'
import { orderedRetrains, type OrderedAt } from './retrains.ts'

export interface Wish {
  readonly request: Pick<RetrainRequest, 'service' | 'cause'>
  /** The service's time. */
  readonly nowMillis: number
  readonly policy: RetrainSpec | null
}

/** Why no model is trained anew at this moment; `undefined`: nothing is against it. Reads the audit chain, asks Temporal. */
export async function whyNot(engine: Engine, { request, nowMillis, policy }: Wish): Promise<string | undefined> {
  if (policy === null) return 'the pipeline declares no `retrain`; add it, or start a run with `anneal run`'
  if (request.cause === 'drift' && !policy.onDrift) return 'the pipeline does not retrain on drift'
  if (request.cause === 'new-data' && policy.afterMillis === null) return 'the pipeline does not retrain on new data'
  const ordered = await orderedRetrains({ audit: engine.audit, keys: await engine.trustedKeys() }, request.service)
  const last = ordered.at(-1)
  if (last !== undefined && (await engine.isRunning(last.run))) return `run "${last.run}" goes on, one at a time`
  return coolDown(ordered, { nowMillis, policy }) ?? overBudget(ordered, { nowMillis, policy })
}

interface Limits {
  readonly nowMillis: number
  readonly policy: RetrainSpec
}

function coolDown(ordered: readonly OrderedAt[], { nowMillis, policy }: Limits): string | undefined {
  const [last] = within(ordered, { nowMillis, spanMillis: policy.coolDownMillis }).slice(-1)
  if (last === undefined) return undefined
  return `cool-down until ${after(last, policy.coolDownMillis)} of the service's time, after run "${last.run}"`
}

function overBudget(ordered: readonly OrderedAt[], { nowMillis, policy }: Limits): string | undefined {
  const { runs, perMillis } = policy.budget
  const counted = within(ordered, { nowMillis, spanMillis: perMillis })
  const first = counted.at(-runs)
  if (first === undefined) return undefined
  return `budget of ${runs} spent until ${after(first, perMillis)} of the service's time`
}

interface Span {
  readonly nowMillis: number
  readonly spanMillis: number
}

/** Either side of now: a clock that is set back a little makes no way around it, and one set far back starts anew. */
function within(ordered: readonly OrderedAt[], { nowMillis, spanMillis }: Span): readonly OrderedAt[] {
  return ordered.filter(({ eventAt }) => Math.abs(nowMillis - Date.parse(eventAt)) < spanMillis)
}

function after({ eventAt }: OrderedAt, millis: number): string {
  return new Date(Date.parse(eventAt) + millis).toISOString()
}
