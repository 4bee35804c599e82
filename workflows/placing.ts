import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common'
import { type ChildWorkflowOptions, proxyLocalActivities } from '@temporalio/workflow'
import type { Activities } from '../activities/activities.ts'
import type { LaunchRequest, Placed } from '../activities/launch/requests.ts'
import type { RunInput } from './run-pipeline.ts'

const PIPELINE = defineSearchAttributeKey('AnnealPipeline', SearchAttributeType.KEYWORD)

/** A store that is away for an hour delays what is asked for in it, and loses nothing. */
const PATIENT = { startToCloseTimeout: '10 seconds', retry: { maximumInterval: '1 minute' } } as const
const local = proxyLocalActivities<Activities>(PATIENT)

export type PlacedOrder = Extract<Placed, { readonly state: 'placed' }>

export function place(request: LaunchRequest, summary: string): Promise<Placed> {
  return local.placeOrder.executeWithOptions({ ...PATIENT, summary }, [request])
}

/** The run of an order as a child, told as `anneal run` tells it. */
export function childOptions({ run, order, skeleton, details }: Omit<PlacedOrder, 'state'>) {
  const input: RunInput = { order, skeleton }
  const { pipeline } = skeleton
  return {
    workflowId: run,
    args: [input] as [RunInput],
    staticSummary: `${pipeline} • ${run.slice(`run:${pipeline}:`.length)}`,
    staticDetails: details,
    typedSearchAttributes: [{ key: PIPELINE, value: pipeline }],
  } satisfies ChildWorkflowOptions & { readonly args: [RunInput] }
}
