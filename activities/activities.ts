import { activityInfo } from '@temporalio/activity'
import { best } from './best.ts'
import { collect, expand } from './each.ts'
import { atEdge } from './edge.ts'
import type { Engine } from './engine.ts'
import type { Expansion, ItemRequest, NodeAnswer, NodeRequest } from './requests.ts'
import { runStep } from './step.ts'

/** What workflows may call, by the name that the Temporal UI shows. */
export interface Activities {
  readonly task: (request: NodeRequest | ItemRequest) => Promise<NodeAnswer>
  readonly python: (request: NodeRequest | ItemRequest) => Promise<NodeAnswer>
  readonly expand: (request: NodeRequest) => Promise<Expansion>
  readonly collect: (request: NodeRequest) => Promise<NodeAnswer>
  readonly best: (request: NodeRequest) => Promise<NodeAnswer>
  readonly preflight: (request: PreflightRequest) => Promise<{ readonly polled: boolean }>
}

export interface PreflightRequest {
  readonly taskQueue: string
}

export function createActivities(engine: Engine): Activities {
  return {
    task: (request) => atEdge(() => runStep(engine, request, runId())),
    python: (request) => atEdge(() => runStep(engine, request, runId())),
    expand: (request) => atEdge(() => expand(engine, request)),
    collect: (request) => atEdge(() => collect(engine, request, runId())),
    best: (request) => atEdge(() => best(engine, request, runId())),
    preflight: ({ taskQueue }) => atEdge(async () => ({ polled: await engine.isPolled(taskQueue) })),
  }
}

/** The run that a result is put down to: the workflow's id, the same over its attempts. */
function runId(): string {
  return activityInfo().workflowExecution?.workflowId ?? 'unknown'
}
