import type { Json } from '../dsl/plan.ts'
import type { Engine } from './engine.ts'
import { ActivityError } from './errors.ts'
import { nodeAt } from './node-scope.ts'
import { publishOnce } from './publish-once.ts'
import type { NodeAnswer, NodeRequest } from './requests.ts'
import { resolveBinding } from './resolve-binding.ts'
import { bestKey } from './result-key.ts'

/**
 * Publishes the candidate whose metric is best; of equals the first.
 * Key: metric, direction and candidates. Throws `metric-not-finite` where a candidate has no finite number there.
 */
export async function best(engine: Engine, request: NodeRequest, run: string): Promise<NodeAnswer> {
  const { pipeline, node, scope } = await nodeAt(engine, request, 'best')
  const { metric, prefer } = node.spec
  const resolved = resolveBinding(node.spec.candidates, scope)
  const candidates = Array.isArray(resolved) ? (resolved as readonly Json[]) : []
  const metrics = candidates.map((candidate, index) =>
    metricOf(candidate, metric, `node "${node.id}" candidate ${index}`),
  )
  const winner = indexOfBest(metrics, prefer)
  const chosen = candidates[winner]
  if (chosen === undefined) {
    throw new ActivityError('candidates-missing', {
      message: `node "${node.id}": expected at least one candidate, got none; give it a list that is never empty`,
      retry: false,
    })
  }
  const place = { key: bestKey(node.spec, candidates), pipeline, node: node.id, run }
  return publishOnce(engine, place, () => Promise.resolve(chosen))
}

/** -1 of no metrics. */
function indexOfBest(metrics: readonly number[], prefer: 'higher' | 'lower'): number {
  const sign = prefer === 'higher' ? 1 : -1
  const top = Math.max(...metrics.map((metric) => sign * metric))
  return metrics.findIndex((metric) => sign * metric === top)
}

function metricOf(candidate: Json, path: readonly string[], place: string): number {
  let value: Json | undefined = candidate
  for (const step of path) value = (value as Record<string, Json> | null | undefined)?.[step]
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new ActivityError('metric-not-finite', {
    message: `${place} metric "${path.join('.')}": expected a finite number, got ${JSON.stringify(value) ?? 'none'}; correct the step that answers it`,
    retry: false,
  })
}
