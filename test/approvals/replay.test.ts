import { join } from 'node:path'
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bundled } from '../workflows/bundled.ts'
import { anApprovalRig, approvalPipeline, liveDecision, sealedBy, type ApprovalRig } from './approval-rig.ts'

const WORKFLOWS = join(import.meta.dirname, '../../workflows')

let rig: ApprovalRig

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') })
  rig = await anApprovalRig()
}, 120_000)

afterAll(() => rig.remove())

/** Both begin with a local activity, within one workflow task: the request is written as the queue of the other is looked at. */
it('a run whose approval and online features begin together replays', async () => {
  await rig.startWorker()
  const approval = "{ roles: ['risk'], quorum: 1, within: '1 hour' }"
  const prepared = await rig.compile(approvalPipeline(approval).replace('approval:', "canary: 'direct',\n  approval:"))
  const [ann, bob] = [await rig.enrol('ann', 'owner'), await rig.enrol('bob', 'risk')]
  const handle = await rig.order(prepared, ann)
  const request = await rig.asked(handle)
  await handle.executeUpdate('decide', { args: [JSON.parse(sealedBy(bob.signer, liveDecision(request, 'bob')))] })
  expect(await handle.result()).toMatchObject({ outcome: 'serving' })
  const history = await handle.fetchHistory()
  await Worker.runReplayHistory({ workflowBundle: { code: await bundled(WORKFLOWS) } }, history, handle.workflowId)
}, 120_000)
