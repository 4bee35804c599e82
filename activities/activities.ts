import { activityInfo } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import { best } from './best.ts'
import { buildFeatures } from './build-features.ts'
import { awaitGateways } from './canary/await-gateways.ts'
import { awaitTurn, type TurnRequest } from './canary/await-turn.ts'
import { concludeCanary } from './canary/conclude-canary.ts'
import { decideCanary } from './canary/decide-canary.ts'
import { moveTraffic } from './canary/move-traffic.ts'
import { openCanary } from './canary/open-canary.ts'
import type {
  Acknowledged,
  ConcludeRequest,
  Decided as CanaryDecided,
  DecideRequest,
  GatewaysRequest,
  Moved,
  MoveRequest,
  Opening,
  Smoked,
  SmokeRequest,
  TrafficRequest,
  Watched,
  WatchRequest,
} from './canary/requests.ts'
import { smokeTest } from './canary/smoke-test.ts'
import { watchTraffic } from './canary/watch-traffic.ts'
import { recordDecision, recordRefusals, type Decided, type DecisionCall } from './decide.ts'
import { collect, expand } from './each.ts'
import { failureOf } from './edge.ts'
import type { Engine, Observer } from './engine.ts'
import { evaluate } from './evaluate.ts'
import { incumbent } from './incumbent.ts'
import { ingest } from './ingest.ts'
import { finishedPage, keep, type Kept, type PageRequest } from './keep.ts'
import { placeOrder } from './launch/place-order.ts'
import type { LaunchRequest, Placed } from './launch/requests.ts'
import { materialize } from './materialize.ts'
import { decideRetrain } from './monitor/decide-retrain.ts'
import { ensureMonitor } from './monitor/ensure-monitor.ts'
import { windowEvaluator } from './monitor/evaluate-window.ts'
import { lastRetrain } from './monitor/last-retrain.ts'
import { nextDue } from './monitor/next-due.ts'
import { refreshFeatures } from './monitor/refresh-features.ts'
import type {
  Due,
  DueRequest,
  Evaluated,
  Policy,
  Refreshed,
  RefreshRequest,
  RetrainDecision,
  RetrainRequest,
  WindowRequest,
} from './monitor/requests.ts'
import { openApproval, type ApprovalCall, type OpenedApproval } from './open-approval.ts'
import { register } from './register.ts'
import { judgeReplan } from './replan/judge-replan.ts'
import type { Judged, JudgeRequest, Withdrawn } from './replan/requests.ts'
import { withdrawApprovals } from './replan/withdraw-approvals.ts'
import type { Expansion, Finished, ItemRequest, NodeAnswer, NodeRequest } from './requests.ts'
import { settleApproval, type SettleCall, type Settled } from './settle-approval.ts'
import { source } from './source.ts'
import { runStep } from './step.ts'
import { train } from './train.ts'
import { validate } from './validate.ts'
import type { Digest } from '../dsl/plan.ts'
import type { RefusedBatch } from '../store/refusals.ts'

/** What workflows may call, by the name that the Temporal UI shows. */
export interface Activities {
  readonly task: (request: NodeRequest | ItemRequest) => Promise<NodeAnswer>
  readonly python: (request: NodeRequest | ItemRequest) => Promise<NodeAnswer>
  readonly expand: (request: NodeRequest) => Promise<Expansion>
  readonly collect: (request: NodeRequest) => Promise<NodeAnswer>
  readonly best: (request: NodeRequest) => Promise<NodeAnswer>
  readonly keep: (value: Kept) => Promise<Digest>
  readonly finishedPage: (request: PageRequest) => Promise<readonly Finished[]>
  readonly source: (request: NodeRequest) => Promise<NodeAnswer>
  readonly ingest: (request: NodeRequest) => Promise<NodeAnswer>
  readonly validate: (request: NodeRequest) => Promise<NodeAnswer>
  readonly features: (request: NodeRequest) => Promise<NodeAnswer>
  readonly train: (request: NodeRequest) => Promise<NodeAnswer>
  readonly incumbent: (request: NodeRequest) => Promise<NodeAnswer>
  readonly evaluate: (request: NodeRequest) => Promise<NodeAnswer>
  readonly register: (request: NodeRequest) => Promise<NodeAnswer>
  readonly materialize: (request: NodeRequest) => Promise<NodeAnswer>
  readonly openCanary: (request: TrafficRequest) => Promise<Opening>
  readonly moveTraffic: (request: MoveRequest) => Promise<Moved>
  readonly awaitGateways: (request: GatewaysRequest) => Promise<Acknowledged>
  readonly smokeTest: (request: SmokeRequest) => Promise<Smoked>
  readonly watchTraffic: (request: WatchRequest) => Promise<Watched>
  readonly decideCanary: (request: DecideRequest) => Promise<CanaryDecided>
  readonly concludeCanary: (request: ConcludeRequest) => Promise<NodeAnswer>
  readonly awaitTurn: (request: TurnRequest) => Promise<void>
  readonly ensureMonitor: (request: NodeRequest) => Promise<NodeAnswer>
  readonly nextDue: (request: DueRequest) => Promise<Due>
  readonly evaluateWindow: (request: WindowRequest) => Promise<Evaluated>
  readonly placeOrder: (request: LaunchRequest) => Promise<Placed>
  readonly decideRetrain: (request: RetrainRequest) => Promise<RetrainDecision>
  readonly lastRetrain: (policy: Policy) => Promise<RetrainDecision | null>
  readonly openApproval: (call: ApprovalCall) => Promise<OpenedApproval>
  readonly recordDecision: (call: DecisionCall) => Promise<Decided>
  readonly recordRefusals: (batch: RefusedBatch) => Promise<void>
  readonly settleApproval: (call: SettleCall) => Promise<Settled>
  readonly judgeReplan: (request: JudgeRequest) => Promise<Judged>
  readonly withdrawApprovals: (request: JudgeRequest) => Promise<Withdrawn>
  readonly refreshFeatures: (request: RefreshRequest) => Promise<Refreshed>
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
  const of = <Request, Answer>(
    kind: string,
    work: (engine: Engine, request: Request) => Promise<Answer>,
  ): ((request: Request) => Promise<Answer>) => {
    return (request) => measured(kind, () => work(engine, request))
  }
  return {
    task: at('task', runStep),
    python: at('python', runStep),
    expand: of('expand', expand),
    collect: at('collect', collect),
    best: at('best', best),
    keep: of('keep', keep),
    finishedPage: of('finishedPage', finishedPage),
    source: at('source', source),
    ingest: at('ingest', ingest),
    validate: at('validate', validate),
    features: at('features', buildFeatures),
    train: at('train', train),
    incumbent: at('incumbent', incumbent),
    evaluate: at('evaluate', evaluate),
    register: at('register', register),
    materialize: at('materialize', materialize),
    openCanary: of('openCanary', openCanary),
    moveTraffic: of('moveTraffic', moveTraffic),
    awaitGateways: of('awaitGateways', awaitGateways),
    smokeTest: of('smokeTest', smokeTest),
    watchTraffic: of('watchTraffic', watchTraffic),
    decideCanary: of('decideCanary', decideCanary),
    concludeCanary: of('concludeCanary', concludeCanary),
    awaitTurn: of('awaitTurn', awaitTurn),
    ensureMonitor: at('ensureMonitor', ensureMonitor),
    nextDue: of('nextDue', nextDue),
    evaluateWindow: of('evaluateWindow', windowEvaluator()),
    placeOrder: of('placeOrder', placeOrder),
    decideRetrain: of('decideRetrain', decideRetrain),
    lastRetrain: of('lastRetrain', lastRetrain),
    openApproval: (call) => measured('openApproval', () => openApproval(engine, call, runId())),
    recordDecision: (call) => measured('recordDecision', () => recordDecision(engine, call, runId())),
    recordRefusals: (batch) => measured('recordRefusals', () => recordRefusals(engine, batch)),
    settleApproval: (call) => measured('settleApproval', () => settleApproval(engine, call, runId())),
    judgeReplan: (request) => measured('judgeReplan', () => judgeReplan(engine, request, runId())),
    withdrawApprovals: (request) => measured('withdrawApprovals', () => withdrawApprovals(engine, request, runId())),
    refreshFeatures: (request) => measured('refreshFeatures', () => refreshFeatures(engine, request, runId())),
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
      const answer = await work()
      ended('done')
      return answer
    } catch (error) {
      const failure = failureOf(error)
      ended(failure instanceof ApplicationFailure ? (failure.type ?? 'failed') : 'failed')
      throw failure
    }
  }
}

/** The run that a result is put down to: the workflow's id, the same over its attempts. */
function runId(): string {
  return activityInfo().workflowExecution?.workflowId ?? 'unknown'
}
