import type { NodeKind, Plan, PlanNode } from './plan.ts'

/** What makes a model one that can be served, and what it is served by. */
const RELEASE: ReadonlySet<NodeKind> = new Set([
  'register',
  'materialize',
  'approve',
  'canary',
  'direct',
  'monitor',
] as const)

/**
 * The plan of a trial: up to the evaluation, on a share of each source's rows. Nothing of it can be promoted, as it
 * registers nothing; and nothing of it is reused by a run, as the share is part of what its results are named by.
 * `share`: above 0, at most 1.
 */
export function trialOf(plan: Plan, share: number): Plan {
  const kept = plan.nodes.filter(({ kind }) => !RELEASE.has(kind))
  const ids = new Set(kept.map(({ id }) => id))
  return { ...sampledPlan({ ...plan, nodes: kept }, share), results: plan.results.filter((id) => ids.has(id)) }
}

/** The same plan over a share of each source's rows, above 0, at most 1. */
export function sampledPlan(plan: Plan, share: number): Plan {
  return { ...plan, nodes: plan.nodes.map((node) => sampled(node, share)) }
}

function sampled(node: PlanNode, share: number): PlanNode {
  return node.kind === 'ingest' ? { ...node, spec: { ...node.spec, sample: share } } : node
}
