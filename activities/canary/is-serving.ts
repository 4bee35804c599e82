import { canonicalJson } from '../../dsl/digest.ts'
import type { Digest, Plan } from '../../dsl/plan.ts'
import type { Engine } from '../engine.ts'
import { readJson } from '../order.ts'
import { newestOf } from './service-state.ts'

export interface Wanted {
  readonly service: string
  readonly rootDigest: Digest
  readonly plan: Plan
}

/** Whether the service answers by this very model already, no canary under way, under a plan that releases and checks alike. */
export async function isServing(engine: Engine, { service, rootDigest, plan }: Wanted): Promise<boolean> {
  if (!plan.nodes.some(({ kind }) => kind === 'canary' || kind === 'direct')) return false
  const newest = await newestOf(engine, service)
  const stable = newest?.state.stable ?? null
  if (stable === null || newest?.state.candidate !== null || stable.rootDigest !== rootDigest) return false
  return policyOf(await readJson<Plan>(engine.artifacts, stable.plan)) === policyOf(plan)
}

const RELEASE: ReadonlySet<string> = new Set(['approve', 'canary', 'direct', 'monitor'])

/** All of a plan that governs a model once it is registered. */
function policyOf({ nodes, operation: { contracts } }: Plan): string {
  const release = nodes.flatMap(({ kind, spec }) => (RELEASE.has(kind) ? [{ kind, spec }] : []))
  return canonicalJson({ release, contracts })
}
