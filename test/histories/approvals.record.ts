import { expect, it } from 'vitest'
import { sendDecision } from '../../cli/approvals/send-decision.ts'
import type { RunHandle } from '../../cli/run/start-run.ts'
import { anApprovalRig, approvalPipeline, liveDecision, sealedBy } from '../approvals/approval-rig.ts'
import { eventually } from '../engine/eventually.ts'
import { aRecorder } from './corpus.ts'

/** Published beside the approval, and put into service after it. */
function served(approval: string): string {
  return approvalPipeline(approval).replace('approval:', "canary: 'direct',\n  approval:")
}

const BY_TWO = "{ roles: ['risk', 'owner'], quorum: 2, within: '1 hour' }"

it('runs that are approved by update and by signal, rejected, expired, and continued as new while they wait', async () => {
  const rig = await anApprovalRig()
  try {
    await rig.startWorker()
    const recorder = await aRecorder('approvals', rig.client)
    const [ann, bob, cleo] = [
      await rig.enrol('ann', 'risk'),
      await rig.enrol('bob', 'risk'),
      await rig.enrol('cleo', 'owner'),
    ]
    const prepared = await rig.compile(served(BY_TWO))
    const end = async (name: string, handle: RunHandle, outcome: string): Promise<void> => {
      expect(await handle.result()).toMatchObject({ outcome })
      await recorder.keep(name, handle.workflowId)
    }

    const approved = await rig.order(prepared, ann)
    const asked = await rig.asked(approved)
    await approved.signal('decide', { approve: true })
    await approved.signal('decide', JSON.parse(sealedBy(bob.signer, liveDecision(asked, 'bob'))))
    await sendDecision(approved, sealedBy(ann.signer, liveDecision(asked, 'ann')))
    await sendDecision(approved, sealedBy(cleo.signer, liveDecision(asked, 'cleo')))
    await end('approved', approved, 'serving')

    const rejected = await rig.order(await rig.compile(served(BY_TWO).replace('quorum: 2', 'quorum: 1')), ann)
    const change = { decision: 'reject', comment: 'slices' } as const
    await sendDecision(rejected, sealedBy(bob.signer, liveDecision(await rig.asked(rejected), 'bob', change)))
    await end('rejected', rejected, 'rejected')

    const expired = await rig.order(await rig.compile(served(BY_TWO).replace('1 hour', '3 seconds')), ann)
    await end('expired', expired, 'expired')

    const long = await rig.order(await rig.compile(approvalPipeline()), ann, 60)
    const { nonce, run } = await rig.asked(long)
    while ((await long.describe()).runId === run.firstRunId) await long.signal('decide', { approve: true })
    const again = await eventually('it asks again', async () => {
      const request = await rig.asked(long)
      return request.nonce === nonce && request
    })
    await sendDecision(long, sealedBy(bob.signer, liveDecision(again, 'bob')))
    await sendDecision(long, sealedBy(cleo.signer, liveDecision(again, 'cleo')))
    await end('continued', long, 'completed')
  } finally {
    await rig.remove()
  }
})
