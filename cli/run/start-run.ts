import {
  WorkflowExecutionAlreadyStartedError,
  type Client,
  type WorkflowHandle,
  type WorkflowStartOptions,
} from '@temporalio/client'
import { defineSearchAttributeKey, SearchAttributeType, TypedSearchAttributes } from '@temporalio/common'
import type { Digest, Json, Plan } from '../../dsl/plan.ts'
import { skeletonOf } from '../../dsl/skeleton.ts'
import { runIdOf } from '../../activities/order.ts'
import { storeOrder } from '../../activities/store-order.ts'
import type { Clock } from '../../store/generation.ts'
import type { Artifacts } from '../../store/artifacts.ts'
import type { runPipeline } from '../../workflows/run-pipeline.ts'
import type { EnrolledPerson } from '../approvals/enrolled-person.ts'

export type RunHandle = WorkflowHandle<typeof runPipeline>

export interface RunStart {
  readonly plan: Plan
  readonly planDigest: Digest
  readonly parameters: Readonly<Record<string, Json>>
  readonly cause: string
  readonly taskQueue: string
  readonly requestedBy: string
  /** Default: event time is wall time. */
  readonly clock?: Clock
  /** Who signs for it. */
  readonly orderer?: EnrolledPerson
}

export interface StartedRun {
  readonly handle: RunHandle
  /** Whether a run of this id went on already. */
  readonly joined: boolean
}

const PIPELINE = defineSearchAttributeKey('AnnealPipeline', SearchAttributeType.KEYWORD)

/** Stores the order, then starts the run. A run of the same id that goes on already is joined, not started twice. */
export async function startRun(client: Client, artifacts: Artifacts, start: RunStart): Promise<StartedRun> {
  const { plan, cause, taskQueue } = start
  const workflowId = runIdOf(plan.pipeline, cause)
  const order = await storeOrder(artifacts, { ...start, run: workflowId })
  const options: WorkflowStartOptions<typeof runPipeline> = {
    workflowId,
    taskQueue,
    args: [{ order, skeleton: skeletonOf(plan) }],
    staticSummary: `${plan.pipeline} • ${cause}`,
    staticDetails: staticDetailsOf(start),
    typedSearchAttributes: new TypedSearchAttributes([{ key: PIPELINE, value: plan.pipeline }]),
  }
  try {
    return { handle: await client.workflow.start<typeof runPipeline>('runPipeline', options), joined: false }
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
    return { handle: client.workflow.getHandle<typeof runPipeline>(workflowId), joined: true }
  }
}

function staticDetailsOf({ plan, planDigest, parameters, requestedBy }: RunStart): string {
  const lines = [
    plan.description,
    `- plan \`${planDigest.slice(0, 12)}\`, ${plan.nodes.length} nodes, ${plan.environment}`,
    ...Object.entries(parameters).map(([name, value]) => `- ${name} = \`${JSON.stringify(value)}\``),
    `- asked for by ${requestedBy}`,
  ]
  return lines.filter((line) => line !== '').join('\n')
}
