import { execFile } from 'node:child_process'
import { performance } from 'node:perf_hooks'
import { promisify } from 'node:util'
import { WorkflowFailedError } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { Decided } from '../../activities/decide.ts'
import type { EnrolledPerson } from '../../cli/approvals/enrolled-person.ts'
import { sendDecision } from '../../cli/approvals/send-decision.ts'
import type { Prepared } from '../../cli/pipeline-file/prepare.ts'
import type { RunHandle } from '../../cli/run/start-run.ts'
import { findTemporalBinary } from '../../cli/temporal-server-binary.ts'
import type { ApprovalRequest } from '../../store/approval-request.ts'
import type { RefusedBatch } from '../../store/refusals.ts'
import type { Decision } from '../../store/decisions.ts'
import type { RunStatus } from '../../workflows/run-status.ts'
import { eventually } from '../engine/eventually.ts'
import { aSigner } from '../store/a-registration.ts'
import { anApprovalRig, approvalPipeline, awaited, liveDecision, sealedBy, type ApprovalRig } from './approval-rig.ts'

let rig: ApprovalRig
let prepared: Prepared
let persons: Readonly<Record<'ann' | 'bob' | 'cleo' | 'dan' | 'gone', EnrolledPerson>>

beforeAll(async () => {
  rig = await anApprovalRig()
  await rig.startWorker()
  persons = {
    ann: await rig.enrol('ann', 'risk'),
    bob: await rig.enrol('bob', 'risk'),
    cleo: await rig.enrol('cleo', 'owner'),
    dan: await rig.enrol('dan', 'reader'),
    gone: await rig.enrol('gone', 'risk'),
  }
  await rig.revoke(persons.gone)
  prepared = await rig.compile(approvalPipeline())
}, 120_000)

afterAll(() => rig.remove())

interface Waiting {
  readonly handle: RunHandle
  readonly request: ApprovalRequest
}

async function waiting(options: { readonly maxEvents?: number; readonly of?: Prepared } = {}): Promise<Waiting> {
  const handle = await rig.order(options.of ?? prepared, persons.ann, options.maxEvents)
  return { handle, request: await rig.asked(handle) }
}

function send(
  { handle, request }: Waiting,
  { person, signer }: EnrolledPerson,
  changes: Partial<Decision> = {},
): Promise<Decided> {
  return sendDecision(handle, sealedBy(signer, liveDecision(request, person, changes)))
}

async function approveAll(at: Waiting): Promise<void> {
  expect(await send(at, persons.bob)).toMatchObject({ accepted: true })
  expect(await send(at, persons.cleo)).toMatchObject({ accepted: true, tally: { outcome: 'approved' } })
  expect(await at.handle.result()).toMatchObject({ outcome: 'completed' })
}

/** How many of each reason stand in the log of what was refused on this request. */
async function refusedOn({ request }: Pick<Waiting, 'request'>): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {}
  for (const body of (await refusalsOn({ request })).values()) {
    for (const [reason, count] of Object.entries(body.counts)) counts[reason] = (counts[reason] ?? 0) + count
  }
  return counts
}

/** The newest entry of each execution. */
async function refusalsOn({ request }: Pick<Waiting, 'request'>): Promise<ReadonlyMap<string, RefusedBatch>> {
  const bodies = (await rig.entries('refusals:flights')).map(({ entry }) => entry.body as unknown as RefusedBatch)
  return new Map(bodies.filter(({ nonce }) => nonce === request.nonce).map((body) => [body.execution, body]))
}

/** What stands in the service's chain of this request. */
async function recordedOn({ request }: Waiting): Promise<readonly string[]> {
  const entries = (await rig.entries('service:flights')).map(({ entry }) => entry)
  const own = entries.filter(({ body }) => (body as { readonly nonce?: string }).nonce === request.nonce)
  return own.map(({ kind, by }) => `${kind} ${kind === 'decided' ? by : ''}`.trim())
}

describe('a run that waits for approval', () => {
  it('shows whom it waits for, and goes on once enough persons have approved', async () => {
    const at = await waiting()
    const said = await eventually('the server lists it as awaiting', async () => {
      const { searchAttributes } = await at.handle.describe()
      return searchAttributes['AnnealAwaiting']?.[0] === 'approval' && searchAttributes
    })
    expect(said).toMatchObject({ AnnealStage: ['approve'], AnnealAwaiting: ['approval'] })
    await approveAll(at)
    expect(await recordedOn(at)).toEqual(['requested', 'decided bob', 'decided cleo'])
    const { searchAttributes } = await at.handle.describe()
    expect(searchAttributes['AnnealAwaiting']).not.toContain('approval')
    expect(await rig.faults()).toEqual([])
  })

  it('counts a decision within a second of its sending', async () => {
    const at = await waiting()
    await send(at, persons.dan)
    const began = performance.now()
    expect(await send(at, persons.bob)).toMatchObject({ accepted: true })
    const millis = performance.now() - began
    process.stdout.write(`decision sent to counted: ${millis.toFixed(0)} ms\n`)
    expect(millis).toBeLessThan(1000)
    await at.handle.terminate()
  })

  it('refuses each decision that does not count, with its reason, writes it down, and is unchanged', async () => {
    const [at, other] = [await waiting(), await waiting()]
    const digest = 'f'.repeat(64)
    const { bob, cleo, ann, dan, gone } = persons
    const stranger = { person: 'eve', signer: aSigner() }
    const before = await at.handle.query<RunStatus>('status')
    const refused: readonly (readonly [reason: string, sent: () => Promise<Decided>])[] = [
      ['wrong-model', () => send(at, bob, { rootDigest: digest })],
      ['wrong-plan', () => send(at, bob, { plan: digest })],
      ['wrong-evidence', () => send(at, bob, { evidence: digest })],
      ['wrong-stage', () => send(at, bob, { stage: 'canary' })],
      ['wrong-run', () => sendDecision(at.handle, sealedBy(bob.signer, liveDecision(other.request, 'bob')))],
      ['wrong-nonce', () => send(at, bob, { nonce: other.request.nonce })],
      ['expired', () => send(at, bob, { expiresAt: new Date(Date.now() - 1).toISOString() })],
      ['by-author', () => send(at, ann)],
      ['wrong-role', () => send(at, dan)],
      ['revoked', () => send(at, gone)],
      ['not-enrolled', () => send(at, stranger)],
      ['forged', () => send(at, { person: 'bob', signer: { ...stranger.signer, keyId: bob.signer.keyId } })],
      ['malformed', () => send(at, bob, { comment: 'x'.repeat(1001) })],
    ]
    for (const [reason, sent] of refused) {
      expect(await sent()).toMatchObject({ accepted: false, reason })
    }
    const after = await at.handle.query<RunStatus>('status')
    expect(after.approvals).toEqual(before.approvals)
    expect(await recordedOn(at)).toEqual(['requested'])
    const wanted = Object.fromEntries(refused.map(([reason]) => [reason, 1]))
    await eventually('all is written down', async () => Object.keys(await refusedOn(at)).length === refused.length)
    expect(await refusedOn(at)).toEqual(wanted)
    expect(await send(at, cleo)).toMatchObject({ accepted: true })
    const again = liveDecision(at.request, 'bob')
    expect(await sendDecision(at.handle, sealedBy(bob.signer, again))).toMatchObject({ accepted: true })
    expect(await at.handle.result()).toMatchObject({ outcome: 'completed' })
    await other.handle.terminate()
  })

  it('counts one vote of a person, and a replay not at all', async () => {
    const at = await waiting()
    const decision = liveDecision(at.request, 'bob')
    await sendDecision(at.handle, sealedBy(persons.bob.signer, decision))
    // The same statement under another signature: another message.
    const replay = await sendDecision(at.handle, sealedBy(persons.bob.signer, decision))
    expect(replay).toMatchObject({ accepted: false, reason: 'replayed', tally: { approvals: 1 } })
    const second = await send(at, persons.bob, { comment: 'again' })
    expect(second).toMatchObject({ accepted: false, reason: 'second-vote' })
    expect(await recordedOn(at)).toEqual(['requested', 'decided bob'])
    await at.handle.terminate()
  })

  it('is ended by one rejection, as a verdict', async () => {
    const at = await waiting()
    await send(at, persons.bob)
    await send(at, persons.cleo, { decision: 'reject', comment: 'slices' })
    const { outcome, results } = await at.handle.result()
    expect([outcome, results.map(({ node }) => node)]).toEqual(['rejected', ['approve']])
    const { status, searchAttributes } = await at.handle.describe()
    expect([status.name, searchAttributes['AnnealVerdict']]).toEqual(['COMPLETED', ['rejected']])
  })

  it('ends as expired when its time is over, and takes nothing after', async () => {
    const text = approvalPipeline("{ roles: ['risk', 'owner'], quorum: 2, within: '3 seconds' }")
    const at = await waiting({ of: await rig.compile(text) })
    await send(at, persons.bob)
    expect(await at.handle.result()).toMatchObject({ outcome: 'expired' })
    expect(await recordedOn(at)).toEqual(['requested', 'decided bob', 'closed'])
  })

  it('does not begin where nobody enrolled has signed the order for this very run', async () => {
    const unsigned = await rig.start(prepared, { param: ['asOf=2001-01-04T00:00:00Z'] })
    const failure: unknown = await unsigned.result().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(WorkflowFailedError)
    expect(String((failure as WorkflowFailedError).cause?.message)).toContain(
      'expected one signed by an enrolled person',
    )
    for (const orderer of [{ person: 'eve', signer: aSigner() }, persons.gone, { ...persons.bob, person: 'cleo' }]) {
      const handle = await rig.order(prepared, orderer)
      await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError)
    }
  })
})

describe('signals', () => {
  it('of a signed envelope, sent by the temporal command, count, and unsigned ones do nothing', async () => {
    const at = await waiting()
    await signal(at.handle, '"approve"')
    await signal(at.handle, '{"decision":"approve","person":"bob"}')
    await signal(at.handle, sealedBy(persons.bob.signer, liveDecision(at.request, 'bob')))
    const { tally } = await eventually('bob is counted', async () => {
      const status = await awaited(at.handle)
      return status.tally.votes.length > 0 && status
    })
    expect(tally).toMatchObject({ approvals: 1, votes: [{ person: 'bob', decision: 'approve' }] })
    expect(await recordedOn(at)).toEqual(['requested', 'decided bob'])
    await signal(at.handle, JSON.stringify(sealedBy(persons.cleo.signer, liveDecision(at.request, 'cleo'))))
    expect(await at.handle.result()).toMatchObject({ outcome: 'completed' })
    expect(await refusedOn(at)).toEqual({ malformed: 2 })
  })

  it('by the thousand leave the run as it is, with a short history and few entries', { timeout: 120_000 }, async () => {
    const at = await waiting({ maxEvents: 500 })
    expect(await send(at, persons.bob)).toMatchObject({ accepted: true })
    const forged = sealedBy({ ...aSigner(), keyId: persons.cleo.signer.keyId }, liveDecision(at.request, 'cleo'))
    for (let sent = 0; sent < 1000; sent += 50) {
      const burst = Array.from({ length: 50 }, (_, index) => (index === 7 ? forged : { approve: sent + index }))
      await Promise.all(burst.map((body) => at.handle.signal('decide', body)))
    }
    await eventually('all thousand are counted', async () => {
      const counts = Object.values(await refusedOn(at)).reduce((sum, count) => sum + count, 0)
      return counts === 1000
    })
    expect(await refusedOn(at)).toEqual({ malformed: 980, forged: 20 })
    const { historyLength } = await eventually('the run has continued as new', async () => {
      const described = await at.handle.describe()
      return described.runId !== at.request.run.firstRunId && described
    })
    expect(historyLength).toBeLessThan(500)
    expect((await rig.entries('refusals:flights')).length).toBeLessThan(40)
    const { tally } = await awaited(at.handle)
    expect(tally).toMatchObject({ outcome: 'open', approvals: 1, votes: [{ person: 'bob' }] })
    expect((await rig.asked(at.handle)).nonce).toBe(at.request.nonce)
    expect(await send(at, persons.cleo)).toMatchObject({ accepted: true, tally: { outcome: 'approved' } })
    expect(await at.handle.result()).toMatchObject({ outcome: 'completed' })
  })
})

async function signal({ workflowId }: RunHandle, input: string): Promise<void> {
  const binary = await findTemporalBinary({ report: () => {} })
  const args = ['workflow', 'signal', '--workflow-id', workflowId, '--name', 'decide', '--input', input]
  await promisify(execFile)(binary, [...args, '--address', inject('temporalAddress')])
}
