import { readsPast } from '../dsl/past.ts'
import type { Materialized } from '../features/materialize.ts'
import { dataCall } from './data-call.ts'
import type { Engine } from './engine.ts'
import { whileHeartbeating } from './heartbeat.ts'
import { materializeAt } from './node-recipes.ts'
import { nodeAt } from './node-scope.ts'
import { plain } from './plain.ts'
import { publishOnce } from './publish-once.ts'
import type { MaterializeInput } from './recipes.ts'
import type { NodeAnswer, NodeRequest } from './requests.ts'
import { callUnit } from './unit-call.ts'
import { withVerdict } from './verdict.ts'

/**
 * Writes what the candidate's features look up in the past as one file that gateways read, and computes rows of the
 * feature table again by it.
 * Reads the validated datasets and the feature table; writes one file. Key: the expressions, asOf, the datasets and the table.
 * Dies anywhere: the file becomes an artifact once it is whole, and a result names it then.
 * Heartbeats without details. A feature that is another one online is a verdict, `features-skewed`.
 * Throws the codes of the child and of StoreError.
 */
export async function materialize(engine: Engine, request: NodeRequest, run: string): Promise<NodeAnswer> {
  const at = await nodeAt(engine, request, 'materialize')
  const { pipeline, node } = at
  const { key, input } = materializeAt(at)
  const answer = await whileHeartbeating((signal) =>
    publishOnce(engine, { key, pipeline, node: node.id, run, signal }, async (attempt) => {
      if (!looksUp(input)) return plain(NO_PAST)
      const call = { ...dataCall(engine, 'materialize'), node: node.id, key, policy: node.policy, once: true }
      return callUnit(engine, { ...call, input: plain(input) }, attempt)
    }),
  )
  return withVerdict(engine, 'materialize', answer)
}

const NO_PAST: Materialized = { state: 'materialized', file: null, events: 0, compared: 0 }

/** A row without a time has no past. */
function looksUp({ spec, asOf }: MaterializeInput): boolean {
  return asOf !== null && spec.features.some(({ expression }) => readsPast(expression))
}
