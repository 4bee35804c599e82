import { z } from 'zod'
import { canonicalJson } from '../dsl/digest.ts'
import type { Digest, Plan } from '../dsl/plan.ts'
import type { Artifacts } from './artifacts.ts'
import type { ObjectStore } from './object-store.ts'
import { revisionChain, type RevisionChain } from './revision-chain.ts'

const record = z.object({ plan: z.string(), appliedAt: z.iso.datetime() })

export interface AppliedPlan {
  readonly plan: Plan
  readonly planDigest: Digest
  /** ISO 8601, UTC. */
  readonly appliedAt: string
}

interface Kept {
  readonly objects: ObjectStore
  readonly artifacts: Artifacts
}

/** The plan of the pipeline's last run; `undefined` before the first one. */
export async function readAppliedPlan(
  { objects, artifacts }: Kept,
  pipeline: string,
): Promise<AppliedPlan | undefined> {
  const head = await readHead(chainOf(objects, pipeline))
  if (head.record === undefined) return undefined
  const { plan: planDigest, appliedAt } = head.record
  // The artifact's digest was checked: these are the bytes that `prepare` made of a Plan.
  const plan = JSON.parse(Buffer.from(await artifacts.get(planDigest)).toString('utf8')) as Plan
  return { plan, planDigest, appliedAt }
}

/** Makes a plan the pipeline's last applied one, in `pipelines/<name>/`. Nothing is written where it is already. */
export async function appendAppliedPlan(
  objects: ObjectStore,
  { plan, planDigest }: { readonly plan: Plan; readonly planDigest: Digest },
): Promise<void> {
  const chain = chainOf(objects, plan.pipeline)
  while (true) {
    const head = await readHead(chain)
    if (head.record?.plan === planDigest) return
    const bytes = Buffer.from(canonicalJson({ plan: planDigest, appliedAt: new Date().toISOString() }))
    if ((await chain.append(head.revision, bytes)) === 'appended') return
  }
}

function chainOf(objects: ObjectStore, pipeline: string): RevisionChain {
  return revisionChain(objects, `pipelines/${pipeline}/`)
}

async function readHead(chain: RevisionChain): Promise<{ revision: number; record?: z.infer<typeof record> }> {
  const revision = await chain.head()
  const bytes = revision === 0 ? undefined : await chain.read(revision)
  if (bytes === undefined) return { revision }
  return { revision, record: record.parse(JSON.parse(Buffer.from(bytes).toString('utf8'))) }
}
