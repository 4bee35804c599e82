import { spanOf } from '../data/dataset.ts'
import type { Validation } from '../data/validation.ts'
import { digestOf } from '../dsl/digest.ts'
import type { Digest } from '../dsl/plan.ts'
import { dataCall } from './data-call.ts'
import type { Engine } from './engine.ts'
import { whileHeartbeating } from './heartbeat.ts'
import { validateAt } from './node-recipes.ts'
import { nodeAt, outputOf } from './node-scope.ts'
import { plain } from './plain.ts'
import { publishOnce } from './publish-once.ts'
import type { NodeAnswer, NodeRequest } from './requests.ts'
import { callUnit } from './unit-call.ts'
import { withVerdict } from './verdict.ts'

/**
 * Judges a dataset by its contract; rows that break it are put aside, and the rest is the dataset that goes on.
 * Reads the dataset's parts; writes the source's chain of datasets, the report, its page, the rows put aside, and the parts that had any without them.
 * Key: contract and dataset. Heartbeats without details. Too many bad rows, or a check on a whole column that does not
 * hold, is a verdict, `data-rejected`. Throws the codes of the child and of StoreError.
 */
export async function validate(engine: Engine, request: NodeRequest, run: string): Promise<NodeAnswer> {
  const at = await nodeAt(engine, request, 'validate')
  const { pipeline, node } = at
  const { key, input } = validateAt(at)
  const place = { key, pipeline, node: node.id, run }
  const answer = await whileHeartbeating((signal) =>
    publishOnce(engine, { ...place, signal }, (attempt) => {
      const call = { ...dataCall(engine, 'validate'), node: node.id, key, policy: node.policy, input: plain(input) }
      return callUnit(engine, call, attempt)
    }),
  )
  await recordDataset(engine, answer.key, run)
  return withVerdict(engine, 'validate', answer)
}

/** For people who ask what was read; an entry for each time that it was another dataset. */
async function recordDataset(engine: Engine, key: Digest, run: string): Promise<void> {
  // Published by this activity.
  const { passed, dataset } = (await outputOf(engine, 'validate', key)) as unknown as Validation
  if (!passed) return
  const { source, rows, parts } = dataset
  const record = { source, digest: digestOf(dataset), rows, parts: parts.length, span: spanOf(dataset), run }
  await engine.datasets.record(record)
}
