import type { Digest, NodePolicy, Plan } from '../../dsl/plan.ts'
import { lookbacks, onlineExpressions, type LookingUp } from '../../features/online-expressions.ts'
import type { Generation, Served } from '../../store/generation.ts'
import type { Engine } from '../engine.ts'
import { ActivityError } from '../errors.ts'
import { readJson } from '../order.ts'
import { sourceNodes, type SourceNodes } from './delivered-parts.ts'

/** What versions in service look up in one file. */
export interface ServedLookUps {
  readonly expressions: Digest
  /** With the contracts that are looked into, and no others. */
  readonly spec: LookingUp
  /** One for each of those contracts. */
  readonly sources: readonly LookedInto[]
  /** Of the node that wrote the version's own file. */
  readonly policy: NodePolicy
}

interface LookedInto {
  readonly nodes: SourceNodes
  /** How far before a row its windows begin. */
  readonly lookbackMillis: number
}

interface ServedBy {
  readonly generation: Generation
  /** What the plans' sources may refer to. */
  readonly parameters: SourceNodes['parameters']
}

/** Of the stable version and the candidate, equal ones once; none where no feature reads the past. */
export async function servedLookUps(
  engine: Engine,
  { generation: { stable, candidate }, parameters }: ServedBy,
): Promise<readonly ServedLookUps[]> {
  const versions = [stable, candidate].flatMap((served) => served ?? []).filter(({ features }) => features !== null)
  const found = await Promise.all(versions.map((served) => lookUpsOf(engine, served, parameters)))
  const digests = found.map(({ expressions }) => expressions)
  return found.filter(({ expressions }, index) => digests.indexOf(expressions) === index)
}

async function lookUpsOf(
  { artifacts, registry }: Engine,
  served: Served,
  parameters: SourceNodes['parameters'],
): Promise<ServedLookUps> {
  const version = await registry.find(served.model, served.version)
  const file = version?.files.find(({ name }) => name === 'features.json')
  if (file === undefined) throw missing(`${served.model}@${served.version}`, 'its features in the registry')
  const { spec } = await readJson<{ readonly spec: LookingUp }>(artifacts, file.digest)
  const plan = await readJson<Plan>(artifacts, served.plan)
  const reach = lookbacks(spec.features, plan.operation.contracts)
  const policy = plan.nodes.find(({ kind }) => kind === 'materialize')?.policy
  if (policy === undefined) throw missing(`plan of "${plan.pipeline}"`, 'a node that materializes')
  return {
    expressions: onlineExpressions(spec),
    spec: { features: spec.features, contracts: spec.contracts.filter(({ name }) => reach.has(name)) },
    sources: [...reach].map(([contract, lookbackMillis]) => ({
      nodes: sourceNodes(plan, contract, parameters),
      lookbackMillis,
    })),
    policy,
  }
}

function missing(subject: string, expected: string): ActivityError {
  return new ActivityError('input-missing', { message: `${subject}: expected ${expected}, got none`, retry: false })
}
