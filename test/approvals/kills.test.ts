import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EnrolledPerson } from '../../cli/approvals/enrolled-person.ts'
import { sendDecision } from '../../cli/approvals/send-decision.ts'
import type { Prepared } from '../../cli/pipeline-file/prepare.ts'
import type { RunHandle } from '../../cli/run/start-run.ts'
import type { ApprovalRequest } from '../../store/approval-request.ts'
import { eventually } from '../engine/eventually.ts'
import { aSupervisedWorker } from '../engine/supervised-worker.ts'
import { withOwnServer, withSharedServer } from '../engine/temporal-servers.ts'
import {
  aCopyOfRig,
  anApprovalRig,
  approvalPipeline,
  awaited,
  liveDecision,
  sealedBy,
  type ApprovalRig,
} from './approval-rig.ts'

let origin: ApprovalRig
let prepared: Prepared
let persons: Readonly<Record<'ann' | 'bob' | 'cleo', EnrolledPerson>>

/** A run of the origin has trained the model, so that those of its copies come to the approval at once. */
beforeAll(async () => {
  origin = await anApprovalRig()
  persons = {
    ann: await origin.enrol('ann', 'risk'),
    bob: await origin.enrol('bob', 'risk'),
    cleo: await origin.enrol('cleo', 'owner'),
  }
  prepared = await origin.compile(approvalPipeline())
  await origin.startWorker()
  const handle = await origin.order(prepared, persons.ann)
  await awaited(handle)
  await handle.terminate()
}, 120_000)

afterAll(() => origin.remove())

const TARGETS = ['worker', 'server'] as const

/** Moments of an approval, by what stands in the service's chain, and whether the run has said so already. */
const MOMENTS = [
  ['once it is asked for', 'requested', 1],
  ['while it waits', 'waits', 1],
  ['once the first vote is written, before the run knows', 'decided', 1],
  ['once the quorum is written, before the run knows', 'decided', 2],
] as const

describe.concurrent('SIGKILL', () => {
  const cases = TARGETS.flatMap((target) => MOMENTS.map(([moment, kind, count]) => ({ target, moment, kind, count })))

  it.each(cases)(
    'of the $target, $moment: the same verdict, and each vote once',
    { timeout: 120_000 },
    async ({ target, kind, count }) => {
      await (target === 'server' ? withOwnServer : withSharedServer)(async (server) => {
        const rig = await aCopyOfRig(origin, server.address)
        const workers = await aSupervisedWorker(rig)
        const kill = (): Promise<void> =>
          target === 'server' ? (server.restart?.() ?? Promise.resolve()) : killWorker(workers.pid())
        try {
          const before = entriesIn(rig).length
          const written = (): number =>
            entriesIn(rig)
              .slice(before)
              .filter((entry) => entry === kind).length
          const killing =
            kind === 'waits' ? undefined : eventually('the moment', () => written() >= count, FAST).then(kill)
          const handle = await rig.order(prepared, persons.ann)
          const request = await rig.asked(handle)
          if (kind === 'waits') await kill()
          await vote(handle, request, persons.bob)
          await vote(handle, request, persons.cleo)
          await killing
          expect(await outcomeOf(handle)).toBe('completed')
          expect(entriesIn(rig).slice(before)).toEqual(['requested', 'decided', 'decided'])
          expect(await rig.faults()).toEqual([])
        } finally {
          await workers.stop({ atOnce: true })
          await rig.remove()
        }
      })
    },
  )
})

const FAST = { everyMillis: 1 }

/** As the command sends it, again and again while nobody answers. */
async function vote(handle: RunHandle, request: ApprovalRequest, { person, signer }: EnrolledPerson): Promise<void> {
  const envelope = sealedBy(signer, liveDecision(request, person))
  expect(await sendDecision(handle, envelope)).toMatchObject({ accepted: true })
}

async function outcomeOf(handle: RunHandle): Promise<string> {
  await eventually('the run has ended', async () => {
    // A server that starts does not answer yet.
    const { status } = await handle.describe().catch(() => ({ status: { name: 'RUNNING' } }))
    return status.name !== 'RUNNING'
  })
  return (await handle.result()).outcome
}

/** Kinds of the entries of the service's chain, as they lie in the store. */
function entriesIn({ project }: ApprovalRig): readonly string[] {
  const folder = join(project.stateFolder, 'store/audit/service:flights')
  if (!existsSync(folder)) return []
  const numbers = readdirSync(folder)
    .map(Number)
    .toSorted((one, other) => one - other)
  return numbers.map((number) => {
    const { payload } = JSON.parse(readFileSync(join(folder, String(number)), 'utf8')) as { readonly payload: string }
    const text = Buffer.from(payload, 'base64').toString('utf8')
    return (JSON.parse(text) as { readonly predicate: { readonly kind: string } }).predicate.kind
  })
}

function killWorker(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL')
  return Promise.resolve()
}
