import type { Validation } from '../data/validation.ts'
import type { ContractSpec, Json, NodeKind, Plan } from '../dsl/plan.ts'
import type { FeatureTableResult } from '../features/build-feature-table.ts'
import type { Materialized } from '../features/materialize.ts'
import type { Engine } from './engine.ts'
import { ActivityError } from './errors.ts'
import { outputOf } from './node-scope.ts'
import type { Ingested } from './recipes.ts'
import type { RegisterOutput } from './register.ts'
import type { NodeAnswer, Verdict } from './requests.ts'
import type { ApprovalOutput } from './settle-approval.ts'

/** The answer with the verdict that the published output gives rise to; the same for a result that is reused. */
export async function withVerdict(engine: Engine, kind: NodeKind, answer: NodeAnswer): Promise<NodeAnswer> {
  const verdict = verdictOf(kind, await outputOf(engine, kind, answer.key))
  return verdict === undefined ? answer : { ...answer, verdict }
}

/** Whether the output that a node of this kind published ends the run. */
export function verdictOf(kind: NodeKind, output: Json): Verdict | undefined {
  switch (kind) {
    case 'ingest':
      return (output as unknown as Ingested).state === 'refused' ? 'data-rejected' : undefined
    case 'validate':
      return (output as unknown as Validation).passed ? undefined : 'data-rejected'
    case 'features':
      return (output as unknown as FeatureTableResult).state === 'refused' ? 'data-rejected' : undefined
    case 'register':
      return (output as unknown as RegisterOutput).state === 'gates-failed' ? 'gates-failed' : undefined
    case 'materialize':
      return (output as unknown as Materialized).state === 'skewed' ? 'features-skewed' : undefined
    case 'approve': {
      const { state } = output as unknown as ApprovalOutput
      return state === 'approved' ? undefined : state
    }
    default:
      return undefined
  }
}

/** What the plan says of a source's table. */
export function contractOf({ pipeline, operation }: Plan, source: string): ContractSpec {
  const contract = operation.contracts.find(({ name }) => name === source)
  if (contract !== undefined) return contract
  const message = `plan of "${pipeline}": expected contract "${source}", got none; compile it again`
  throw new ActivityError('node-unknown', { message, retry: false })
}
