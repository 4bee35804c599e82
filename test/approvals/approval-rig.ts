import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import type { EnrolledPerson } from '../../cli/approvals/enrolled-person.ts'
import type { Prepared } from '../../cli/pipeline-file/prepare.ts'
import type { RunHandle } from '../../cli/run/start-run.ts'
import { requestOf, type ApprovalRequest } from '../../store/approval-request.ts'
import { readApprovers, writeEnrolment, writeRevocation } from '../../store/approvers.ts'
import { audit, type AuditLog, type SignedEntry } from '../../store/audit.ts'
import { sealDecision, type Decision } from '../../store/decisions.ts'
import type { Signer, TrustedKeys } from '../../store/signing/dsse.ts'
import { loadSigner, pemOf, trusted } from '../../store/signing/keys.ts'
import { verifyAudit } from '../../store/verify-audit.ts'
import type { ApprovalStatus, RunStatus } from '../../workflows/run-status.ts'
import { flightsPipeline } from '../batch/flights-pipeline.ts'
import { aFlightsRig, asOfParam, flightsRigOf, type FlightsRig } from '../batch/flights-rig.ts'
import { eventually } from '../engine/eventually.ts'
import { aCopyOf } from '../engine/project.ts'
import { aSigner } from '../store/a-registration.ts'
import { aDecision } from '../store/a-request.ts'

/** A project whose runs wait for approval, with a model that the first one has trained. */
export interface ApprovalRig extends FlightsRig {
  readonly keys: TrustedKeys
  /** Reads the chains anew at each call. */
  readonly chains: () => AuditLog
  readonly enrol: (person: string, ...roles: readonly string[]) => Promise<EnrolledPerson>
  readonly revoke: (person: EnrolledPerson) => Promise<void>
  /** Starts a run that `orderer` has signed for. */
  readonly order: (prepared: Prepared, orderer: EnrolledPerson, maxEvents?: number) => Promise<RunHandle>
  /** What the run asks for, once it does. */
  readonly asked: (handle: RunHandle) => Promise<ApprovalRequest>
  readonly entries: (chain: string) => Promise<readonly SignedEntry[]>
  /** What is wrong with the audit chains. */
  readonly faults: () => Promise<readonly unknown[]>
}

const DAYS = 3

/** The text of a pipeline whose runs wait for approval. */
export function approvalPipeline(approval = "{ roles: ['risk', 'owner'], quorum: 2, within: '1 hour' }"): string {
  return flightsPipeline({ window: '3 days', rounds: 2, approval }).replace("holdout: '2 days'", "holdout: '1 day'")
}

export async function anApprovalRig(): Promise<ApprovalRig> {
  return approvalRigOf(await aFlightsRig({ days: DAYS }))
}

/** Another project with all that the first one has, its keys included, on queues of its own. */
export async function aCopyOfRig(origin: ApprovalRig, address: string): Promise<ApprovalRig> {
  const copy = await aCopyOf(origin.project)
  await cp(join(origin.project.root, 'flights'), join(copy.root, 'flights'), { recursive: true })
  await cp(join(origin.project.stateFolder, 'keys'), join(copy.stateFolder, 'keys'), { recursive: true })
  return approvalRigOf(await flightsRigOf(copy, address))
}

async function approvalRigOf(rig: FlightsRig): Promise<ApprovalRig> {
  const { objects } = rig.project.store
  const folder = join(rig.project.stateFolder, 'keys')
  const [keys, signer] = await Promise.all([trusted(folder), loadSigner(folder)])
  const chains = (): AuditLog => audit(objects)
  const entries = (chain: string): Promise<readonly SignedEntry[]> => chains().entries(chain, keys)
  return {
    ...rig,
    keys,
    chains,
    entries,
    enrol: async (person, ...roles) => {
      const own = aSigner()
      const { head } = await readApprovers(chains(), keys)
      const enrolment = { person, keyId: own.keyId, publicKey: pemOf(own.publicKey), roles: [...roles] }
      await writeEnrolment(chains(), enrolment, { signer, by: 'test', head })
      return { person, signer: own }
    },
    revoke: async ({ person, signer: { keyId } }) => {
      await writeRevocation(chains(), { person, keyId, reason: 'test' }, { signer, by: 'test' })
    },
    order: (prepared, orderer, maxEvents) =>
      rig.start(prepared, { ...asOfParam(DAYS + 1), orderer, ...(maxEvents !== undefined && { maxEvents }) }),
    asked: async (handle) => {
      const { service, nonce } = await awaited(handle)
      return requestOf(chains(), { service, nonce, keys })
    },
    faults: async () => (await verifyAudit(objects, { keys })).flatMap((check) => check.faults),
  }
}

/** What a run says that it waits for, once it does. */
export function awaited(handle: RunHandle): Promise<ApprovalStatus> {
  return eventually('the run waits for approval', async () => {
    const { approvals } = await handle.query<RunStatus>('status').catch(() => ({ approvals: [] }))
    return approvals[0]
  })
}

/** A decision on the request, good for ten minutes from now on. */
export function liveDecision(request: ApprovalRequest, person: string, changes: Partial<Decision> = {}): Decision {
  const now = Date.now()
  const [issuedAt, expiresAt] = [new Date(now).toISOString(), new Date(now + 600_000).toISOString()]
  return aDecision(request, person, { issuedAt, expiresAt, ...changes })
}

export function sealedBy(signer: Signer, decision: Decision): string {
  return sealDecision(decision, signer)
}
