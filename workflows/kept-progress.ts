import { proxyLocalActivities } from '@temporalio/workflow'
import type { Activities } from '../activities/activities.ts'
import type { InputKeys } from '../activities/requests.ts'
import type { Digest } from '../dsl/plan.ts'
import { finishedNodes, inputsOf, resume, type RunState } from './run-state.ts'
import type { RunNode } from './skeleton.ts'

/** A run that has gone on for days does not fail since its store is away for an hour. */
const PATIENT = { startToCloseTimeout: '10 seconds', retry: { maximumInterval: '1 minute' } } as const
const local = proxyLocalActivities<Activities>(PATIENT)

/** What a run had finished when it continued as new: in the store, since a thousand nodes are more than a payload holds. */
export interface Progress {
  readonly kept: Digest
  readonly nodes: number
}

/** Nodes of one page, each up to 300 bytes: a page is a payload of at most 45 KB. */
const PAGE = 150

export async function keepProgress(run: RunState): Promise<Progress> {
  const finished = finishedNodes(run)
  const summary = `${finished.length} nodes done`
  const kept = await local.keep.executeWithOptions({ ...PATIENT, summary }, [finished])
  return { kept, nodes: finished.length }
}

export async function resumeProgress(run: RunState, { kept, nodes }: Progress): Promise<void> {
  for (let from = 0; from < nodes; from += PAGE) {
    resume(run, await local.finishedPage({ kept, from, count: PAGE }))
  }
}

/** More keys than these go by the store: a key takes 70 bytes and a node's id. */
const MOST_INPUTS = 200

/** What a node's activity is told of its inputs. */
export function inputKeysOf(run: RunState, node: RunNode): InputKeys | Promise<InputKeys> {
  const inputs = inputsOf(run, node)
  if (node.needs.length <= MOST_INPUTS) return inputs
  return local.keep.executeWithOptions({ ...PATIENT, summary: `${node.id}: ${node.needs.length} inputs` }, [inputs])
}
