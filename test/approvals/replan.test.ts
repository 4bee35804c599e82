import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { EnrolledPerson } from '../../cli/approvals/enrolled-person.ts'
import { sendDecision } from '../../cli/approvals/send-decision.ts'
import { CliError } from '../../cli/errors.ts'
import type { Prepared } from '../../cli/pipeline-file/prepare.ts'
import { sendReplan } from '../../cli/plan-apply/send-replan.ts'
import { parametersOf } from '../../cli/run/parameters.ts'
import type { RunHandle } from '../../cli/run/start-run.ts'
import { storeOrder } from '../../activities/store-order.ts'
import type { Digest } from '../../dsl/plan.ts'
import type { ApprovalRequest } from '../../store/approval-request.ts'
import type { RunStatus } from '../../workflows/run-status.ts'
import { asOfParam } from '../batch/flights-rig.ts'
import { EFFECT } from '../engine/effects.ts'
import { eventually } from '../engine/eventually.ts'
import { aSupervisedWorker, type SupervisedWorker } from '../engine/supervised-worker.ts'
import { aSigner } from '../store/a-registration.ts'
import { bundled } from '../workflows/bundled.ts'
import { anApprovalRig, approvalPipeline, liveDecision, sealedBy, type ApprovalRig } from './approval-rig.ts'

let rig: ApprovalRig
let workers: SupervisedWorker
let persons: Readonly<Record<'ann' | 'bob' | 'cleo', EnrolledPerson>>
/** The same up to the approval, which another number of persons signs, or nobody. */
let plans: Readonly<Record<'one' | 'two' | 'unregulated', Prepared>>

const ONE = "{ roles: ['risk'], quorum: 1, within: '1 hour' }"

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') })
  rig = await anApprovalRig()
  persons = {
    ann: await rig.enrol('ann', 'author'),
    bob: await rig.enrol('bob', 'risk'),
    cleo: await rig.enrol('cleo', 'risk'),
  }
  const one = approvalPipeline(ONE)
  plans = {
    one: await rig.compile(one),
    two: await rig.compile(approvalPipeline(ONE.replace('1,', '2,'))),
    unregulated: await rig.compile(one.replace(/ {2}approval: .*\n/, '')),
  }
  workers = await aSupervisedWorker(rig)
  // The first run trains the model; those of the tests come to the approval at once.
  const { handle } = await waiting()
  await handle.terminate()
}, 180_000)

afterAll(async () => {
  await workers.stop({ atOnce: true })
  await rig.remove()
})

interface Waiting {
  readonly handle: RunHandle
  readonly request: ApprovalRequest
}

async function waiting(of: Prepared = plans.two): Promise<Waiting> {
  const handle = await rig.order(of, persons.ann)
  return { handle, request: await eventually('it asks', () => rig.asked(handle).catch(() => undefined), SLOW) }
}

const SLOW = { withinMillis: 120_000 }

/** What the run asks for once it no longer asks for `request`. */
function askedAnew({ handle, request }: Waiting): Promise<ApprovalRequest> {
  return eventually('it asks anew', async () => {
    const asked = await rig.asked(handle)
    return asked.nonce !== request.nonce && asked
  })
}

async function orderOf(
  { plan, planDigest }: Prepared,
  { workflowId: run }: RunHandle,
  orderer?: EnrolledPerson,
): Promise<Digest> {
  const parameters = parametersOf(plan, asOfParam(4).param)
  const { artifacts } = rig.project.store
  return storeOrder(artifacts, { run, planDigest, parameters, requestedBy: 'test', ...(orderer && { orderer }) })
}

async function move(handle: RunHandle, to: Digest): Promise<readonly string[]> {
  return sendReplan(handle, { from: (await handle.query<RunStatus>('status')).order, to })
}

async function refusal(handle: RunHandle, to: Digest): Promise<readonly string[]> {
  const fault: unknown = await move(handle, to).catch((error: unknown) => error)
  expect(fault).toBeInstanceOf(CliError)
  return (fault as CliError).fault.details ?? []
}

function vote({ handle, request }: Waiting, { person, signer }: EnrolledPerson) {
  return sendDecision(handle, sealedBy(signer, liveDecision(request, person)))
}

/** Kinds of what stands in the service's chain of this request. */
async function recordedOn({ nonce }: ApprovalRequest): Promise<readonly string[]> {
  const entries = (await rig.entries('service:flights')).map(({ entry }) => entry)
  return entries.filter(({ body }) => (body as { readonly nonce?: string }).nonce === nonce).map(({ kind }) => kind)
}

it('an open approval is asked for anew under the plan that the run is moved to, and the old request is withdrawn', async () => {
  const at = await waiting()
  expect(await vote(at, persons.bob)).toMatchObject({ accepted: true, tally: { outcome: 'open', approvals: 1 } })
  expect(await move(at.handle, await orderOf(plans.one, at.handle, persons.ann))).toEqual([])
  const request = await askedAnew(at)
  expect(request).toMatchObject({ plan: plans.one.planDigest, quorum: 1, author: 'ann' })
  expect(request.run).toEqual(at.request.run)
  expect(await recordedOn(at.request)).toEqual(['requested', 'decided', 'withdrawn'])
  expect(await vote(at, persons.cleo)).toMatchObject({ accepted: false, reason: 'wrong-plan' })
  const { approvals } = await at.handle.query<RunStatus>('status')
  expect(approvals).toMatchObject([{ nonce: request.nonce, tally: { approvals: 0 } }])
  expect(await vote({ ...at, request }, persons.bob)).toMatchObject({ accepted: true, tally: { outcome: 'approved' } })
  const { outcome, ran, reused } = await at.handle.result()
  expect([outcome, ran, reused]).toEqual(['completed', 1, plans.one.plan.nodes.length - 1])
  expect(await rig.faults()).toEqual([])
}, 60_000)

it('is not moved, nor freed of its approval, by an order that nobody enrolled has signed for this very run', async () => {
  const [at, other] = [await waiting(), await waiting()]
  const eve = { person: 'eve', signer: aSigner() }
  for (const plan of [plans.one, plans.unregulated]) {
    expect(await refusal(at.handle, await orderOf(plan, at.handle))).toEqual([
      'order: expected one signed by an enrolled person, got none',
    ])
  }
  expect(await refusal(at.handle, await orderOf(plans.one, at.handle, eve))).toEqual([
    expect.stringContaining('order: expected the key of an enrolled person'),
  ])
  expect(await refusal(at.handle, await orderOf(plans.one, other.handle, persons.ann))).toEqual([
    expect.stringContaining('order: expected an order of'),
  ])
  expect(await recordedOn(at.request)).toEqual(['requested'])
  expect((await rig.asked(at.handle)).nonce).toBe(at.request.nonce)
  // With a signature it ends without one.
  expect(await move(at.handle, await orderOf(plans.unregulated, at.handle, persons.ann))).toEqual([])
  expect(await at.handle.result()).toMatchObject({ outcome: 'completed' })
  expect(await recordedOn(at.request)).toEqual(['requested', 'withdrawn'])
  await other.handle.terminate()
}, 60_000)

it('what rests on an approval that is decided stays as it was approved, and the rest may change', async () => {
  const of = (id: string, change = ''): Promise<Prepared> =>
    rig.compile(heldPipeline(id).replace('approval:', `${change}approval:`))
  const at = await waiting(await of('report'))
  await vote(at, persons.bob)
  await eventually('the approval is done', async () => {
    const { nodes } = await at.handle.query<RunStatus>('status')
    return nodes.some(({ id, state }) => id === 'approve' && state === 'done')
  })
  const released = await of('report', "canary: 'direct', ")
  expect(await refusal(at.handle, await orderOf(released, at.handle, persons.ann))).toEqual([
    'node "materialize" rests on the approval "approve", which is decided: expected no such node, got one',
    'node "direct" rests on the approval "approve", which is decided: expected no such node, got one',
  ])
  expect(await move(at.handle, await orderOf(await of('summary'), at.handle, persons.ann))).toEqual(['hold'])
  await writeFile(join(rig.project.stateFolder, 'go'), '')
  const { outcome, results } = await at.handle.result()
  expect([outcome, results.map(({ node }) => node)]).toEqual(['completed', expect.arrayContaining(['summary'])])
  expect(await recordedOn(at.request)).toEqual(['requested', 'decided'])
}, 60_000)

/** Besides its lifecycle a step that waits for the file `go`, and after it one of this id. */
function heldPipeline(id: string): string {
  const steps = `${EFFECT}
export const hold = task('hold', { input: z.object({}), output: z.object({ ok: z.boolean() }), run: async () => {
  await untilThere('go')
  return { ok: true }
} })
export const note = task('note', { input: z.object({ ok: z.boolean() }), output: z.object({}), run: () => ({}) })
const held = hold({}, { id: 'hold' })
`
  return approvalPipeline(ONE)
    .replace('import {', 'import { task,')
    .replace('export default', `${steps}export default`)
    .replace('approval:', `steps: [note({ ok: held.output.ok }, { id: '${id}' })],\n  approval:`)
}

it('of a decision and a move that race one counts, and either history replays', async () => {
  const race = async (): Promise<RunHandle> => {
    const at = await waiting(plans.one)
    const to = await orderOf(plans.two, at.handle, persons.ann)
    const { order: from } = await at.handle.query<RunStatus>('status')
    const moving = sendReplan(at.handle, { from, to }).then(
      () => true,
      () => false,
    )
    const [voted, moved] = await Promise.all([vote(at, persons.bob), moving])
    expect(voted.accepted).toBe(!moved)
    const came = moved ? (await askedAnew(at)).plan : (await at.handle.result()).outcome
    expect(came).toBe(moved ? plans.two.planDigest : 'completed')
    if (moved) await at.handle.terminate()
    return rig.client.workflow.getHandle(at.handle.workflowId, at.request.run.firstRunId)
  }
  const raced = await Promise.all(Array.from({ length: 4 }, race))
  const workflowBundle = { code: await bundled(join(import.meta.dirname, '../../workflows')) }
  for (const handle of raced) {
    await Worker.runReplayHistory({ workflowBundle }, await handle.fetchHistory(), handle.workflowId)
  }
  expect(await rig.faults()).toEqual([])
}, 120_000)

it.each(['withdrawn', 'requested'])(
  'a worker that is killed once the request is %s anew loses neither move nor approval',
  async (kind) => {
    const at = await waiting()
    const before = (await rig.entries('service:flights')).length
    const killing = eventually(
      kind,
      async () => (await rig.entries('service:flights')).slice(before).some(({ entry }) => entry.kind === kind),
      { everyMillis: 1 },
    ).then(() => process.kill(workers.pid(), 'SIGKILL'))
    expect(await move(at.handle, await orderOf(plans.one, at.handle, persons.ann))).toEqual([])
    await killing
    const request = await askedAnew(at)
    expect(request.plan).toBe(plans.one.planDigest)
    expect(await vote({ ...at, request }, persons.bob)).toMatchObject({ accepted: true })
    expect(await at.handle.result()).toMatchObject({ outcome: 'completed' })
    expect(await recordedOn(at.request)).toEqual(['requested', 'withdrawn'])
    expect(await recordedOn(request)).toEqual(['requested', 'decided'])
    expect(await rig.faults()).toEqual([])
  },
  90_000,
)
