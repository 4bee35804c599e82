import { userInfo } from 'node:os'
import type { Client } from '@temporalio/client'
import { storeOrder, type OrderDraft } from '../../activities/store-order.ts'
import { loadSettings, type Settings } from '../../config/settings.ts'
import type { Digest, Plan } from '../../dsl/plan.ts'
import { appendAppliedPlan } from '../../store/applied-plans.ts'
import { openStore, type OpenStore } from '../../store/open-store.ts'
import { enrolledPerson, type EnrolledPerson } from '../approvals/enrolled-person.ts'
import { prepare, type Prepared } from '../pipeline-file/prepare.ts'
import { requireWritable } from '../require-writable.ts'
import { requireOrderer } from '../run/require-orderer.ts'
import { requireWorkers } from '../run/require-workers.ts'
import { connectClient } from '../run/temporal-client.ts'
import { keptParameters } from './kept-parameters.ts'
import { movableRun, type MovableRun } from './movable-run.ts'
import { moveReport, type MoveReport } from './move-report.ts'
import { moveText } from './move-text.ts'
import { sendReplan } from './send-replan.ts'

export interface ApplyOptions {
  /** Id of a run that goes on. */
  readonly applyTo: string
  /** `name=value` each, over the run's own. */
  readonly param: readonly string[]
  /** The enrolled person who orders it. */
  readonly as?: string
  /** File of that person's private key. Default: the one in the keys folder. */
  readonly key?: string
  readonly json?: boolean
}

/**
 * `anneal plan FILE --apply-to RUN`: shows what differs from the plan that the run goes by, and moves the run to it.
 * What has started stays. Throws `run-unknown`, `run-over`, `no-worker`, `order-unsigned`, `not-enrolled`, `move-refused`, and as `prepare` does.
 */
export async function applyCommand(file: string, options: ApplyOptions): Promise<void> {
  const settings = loadSettings()
  await requireWritable(settings)
  const store = openStore(settings.store)
  const client = await connectClient(settings)
  try {
    const current = await movableRun(client, options.applyTo, store.artifacts)
    const ordered = await prepared(file, { client, settings, store, current, options })
    await move(current, ordered, { store, options })
  } finally {
    await client.connection.close()
  }
}

interface Preparing {
  readonly client: Client
  readonly settings: Settings
  readonly store: OpenStore
  readonly current: MovableRun
  readonly options: ApplyOptions
}

interface Ordered extends Prepared {
  readonly orderer: EnrolledPerson | undefined
}

async function prepared(file: string, { client, settings, store, current, options }: Preparing): Promise<Ordered> {
  const { as, key, param } = options
  let orderer: EnrolledPerson | undefined
  /** Refuses whatever can be refused before the store holds anything of the plan. */
  const approve = async (draft: Plan): Promise<void> => {
    keptParameters(draft, current.order.parameters, param)
    // Neither into what has to be approved nor out of it.
    for (const plan of [current.plan, draft]) requireOrderer(plan, as)
    if (as !== undefined) orderer = await enrolledPerson(as, { settings, store, key })
    await requireWorkers(client, draft, { base: settings.queue })
  }
  return { ...(await prepare(file, { settings, store, approve })), orderer }
}

interface Moving {
  readonly store: OpenStore
  readonly options: ApplyOptions
}

async function move(current: MovableRun, next: Ordered, { store, options }: Moving): Promise<void> {
  const { handle, orderDigest: from, order } = current
  const parameters = keptParameters(next.plan, order.parameters, options.param)
  const report = moveReport(current, next, parameters)
  if (options.json !== true) process.stdout.write(`${moveText(report)}\n`)
  const isThere = report.from === report.to && report.parameters.length === 0
  const ordered = (): Promise<Digest> => storeOrder(store.artifacts, draftOf(next, { current, parameters }))
  const after = isThere ? [] : await sendReplan(handle, { from, to: await ordered() })
  await appendAppliedPlan(store.objects, next)
  const ended = { state: isThere ? 'unchanged' : 'moved', after } as const
  process.stdout.write(`${options.json === true ? JSON.stringify({ ...report, ...ended }) : endText(report, ended)}\n`)
}

/** The clock stays: what has started went by it. */
function draftOf(
  { planDigest, orderer }: Ordered,
  { current, parameters }: { readonly current: MovableRun; readonly parameters: OrderDraft['parameters'] },
): OrderDraft {
  const { handle, order } = current
  return {
    run: handle.workflowId,
    planDigest,
    parameters,
    requestedBy: orderer?.person ?? userInfo().username,
    ...(order.clock && { clock: order.clock }),
    ...(orderer && { orderer }),
  }
}

interface Ended {
  readonly state: 'unchanged' | 'moved'
  /** Ids of the nodes that come to their end first. */
  readonly after: readonly string[]
}

function endText({ to }: MoveReport, { state, after }: Ended): string {
  const plan = `plan ${to.slice(0, 12)}`
  if (state === 'unchanged') return `the run goes by ${plan} already`
  const [first, ...others] = after
  if (first === undefined) return `moved: the run goes on by ${plan}, and what is done is kept`
  const nodes = others.length === 0 ? `"${first}" has` : `"${first}" and ${others.length} more have`
  return `moved: the run goes on by ${plan} once ${nodes} ended`
}
