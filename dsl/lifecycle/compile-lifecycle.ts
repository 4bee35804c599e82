import type { Names } from '../lower.ts'
import type { BestNode, Digest, ParameterSpec, PlanNode } from '../plan.ts'
import { policyOf } from '../step-policy.ts'
import { dataNodes } from './data-nodes.ts'
import { contractsOf, type Lifecycle, modelsOf } from './lifecycle.ts'
import { evaluateNode, featuresNode, idsOf, incumbentNode, trainNode } from './model-nodes.ts'
import { releaseNodes } from './release.ts'

export interface LifecycleScope extends Names {
  /** Digests of packed code, by unit name. */
  readonly code: Readonly<Record<string, Digest>>
}

/** The lifecycle's nodes in topological order: data, features, training, evaluation, release. */
export function lifecycleNodes(lifecycle: Lifecycle, pipeline: string, scope: LifecycleScope): readonly PlanNode[] {
  const service = lifecycle.service ?? pipeline
  const models = [...idsOf(modelsOf(lifecycle))]
  const owners = models.filter(
    ([, { features }], index) => models.findIndex(([, ids]) => ids.features === features) === index,
  )
  const trained = models.map(([model, ids]) => trainNode(lifecycle, model, ids, scope))
  const evaluated = models.map(([model, ids]) => evaluateNode(lifecycle, model, ids))
  const chosen = bestNodes(
    lifecycle,
    evaluated.map(({ id }) => id),
  )
  const candidate = chosen.at(-1) ?? evaluated.at(-1)
  return [
    ...dataNodes(lifecycle, scope),
    ...owners.map(([model, ids]) => featuresNode(lifecycle, model, ids)),
    ...trained,
    incumbentNode(
      service,
      trained.map(({ id }) => id),
    ),
    ...evaluated,
    ...chosen,
    ...releaseNodes(lifecycle, service, candidate?.id ?? 'evaluate'),
  ]
}

/** Rows have to be cut off somewhere: a lifecycle over timed rows needs the run's event time. */
export function lifecycleParameters(lifecycle: Lifecycle): Readonly<Record<string, ParameterSpec>> {
  const timed = contractsOf(lifecycle).some(({ time }) => time !== null)
  return timed ? { asOf: { schema: { type: 'string', format: 'date-time' } } } : {}
}

/** The nodes whose outputs are the run's result: the version registered, and what became of the traffic. */
export function lifecycleResults({ canary }: Lifecycle): readonly string[] {
  if (canary === undefined) return ['register']
  return ['register', canary === 'direct' ? 'direct' : 'canary']
}

function bestNodes({ train }: Lifecycle, evaluated: readonly string[]): readonly BestNode[] {
  if (!('candidates' in train)) return []
  const items = evaluated.map((node) => ({ from: 'output', node, path: [] }) as const)
  const spec = { candidates: { from: 'list', items }, metric: ['metrics', train.by], prefer: train.prefer } as const
  return [{ id: 'best', kind: 'best', needs: evaluated, spec, policy: policyOf({}) }]
}
