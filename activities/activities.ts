import { activityInfo } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import { best } from './best.ts'
import { buildFeatures } from './build-features.ts'
import { collect, expand } from './each.ts'
import { atEdge } from './edge.ts'
import type { Engine, Observer } from './engine.ts'
import { evaluate } from './evaluate.ts'
import { incumbent } from './incumbent.ts'
import { ingest } from './ingest.ts'
import { materialize } from './materialize.ts'
import { register } from './register.ts'
import type { Expansion, ItemRequest, NodeAnswer, NodeRequest } from './requests.ts'
import { source } from './source.ts'
import { runStep } from './step.ts'
import { train } from './train.ts'
import { validate } from './validate.ts'

/** What workflows may call, by the name that the Temporal UI shows. */
export interface Activities {
  readonly task: (request: NodeRequest | ItemRequest) => Promise<NodeAnswer>
  readonly python: (request: NodeRequest | ItemRequest) => Promise<NodeAnswer>
  readonly expand: (request: NodeRequest) => Promise<Expansion>
  readonly collect: (request: NodeRequest) => Promise<NodeAnswer>
  readonly best: (request: NodeRequest) => Promise<NodeAnswer>
  readonly source: (request: NodeRequest) => Promise<NodeAnswer>
  readonly ingest: (request: NodeRequest) => Promise<NodeAnswer>
  readonly validate: (request: NodeRequest) => Promise<NodeAnswer>
  readonly features: (request: NodeRequest) => Promise<NodeAnswer>
  readonly train: (request: NodeRequest) => Promise<NodeAnswer>
  readonly incumbent: (request: NodeRequest) => Promise<NodeAnswer>
  readonly evaluate: (request: NodeRequest) => Promise<NodeAnswer>
  readonly register: (request: NodeRequest) => Promise<NodeAnswer>
  readonly materialize: (request: NodeRequest) => Promise<NodeAnswer>
  readonly preflight: (request: PreflightRequest) => Promise<{ readonly polled: boolean }>
}

export interface PreflightRequest {
  readonly taskQueue: string
}

export function createActivities(engine: Engine): Activities {
  const measured = measuredBy(engine.observe)
  const at = <Request extends NodeRequest>(
    kind: string,
    work: (engine: Engine, request: Request, run: string) => Promise<NodeAnswer>,
  ): ((request: Request) => Promise<NodeAnswer>) => {
    return (request) => measured(kind, () => work(engine, request, runId()))
  }
  return {
    task: at('task', runStep),
    python: at('python', runStep),
    expand: (request) => measured('expand', () => expand(engine, request)),
    collect: at('collect', collect),
    best: at('best', best),
    source: at('source', source),
    ingest: at('ingest', ingest),
    validate: at('validate', validate),
    features: at('features', buildFeatures),
    train: at('train', train),
    incumbent: at('incumbent', incumbent),
    evaluate: at('evaluate', evaluate),
    register: at('register', register),
    materialize: at('materialize', materialize),
    preflight: ({ taskQueue }) => measured('preflight', async () => ({ polled: await engine.isPolled(taskQueue) })),
  }
}

/** Each activity's errors are Temporal's from here on, and its end is counted. */
function measuredBy(observe: Observer): <T>(kind: string, work: () => Promise<T>) => Promise<T> {
  return async (kind, work) => {
    const began = performance.now()
    const ended = (outcome: string): void =>
      observe.activity({ kind, outcome, seconds: (performance.now() - began) / 1000 })
    try {
      const answer = await atEdge(work)
      ended('done')
      return answer
    } catch (error) {
      ended(error instanceof ApplicationFailure ? (error.type ?? 'failed') : 'failed')
      throw error
    }
  }
}

/** The run that a result is put down to: the workflow's id, the same over its attempts. */
function runId(): string {
  return activityInfo().workflowExecution?.workflowId ?? 'unknown'
}
