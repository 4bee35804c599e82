import { setTimeout as delay } from 'node:timers/promises'
import type { WorkflowService } from '@temporalio/client'

/** Workers of one or more builds that serve the same queues. */
export interface Deployment {
  readonly namespace: string
  readonly deploymentName: string
}

/**
 * The build that new runs go to. Undefined: none, and new runs wait.
 * @throws The server's error, at once or after 30 s of a server that is too busy to answer.
 */
export async function currentBuild(service: WorkflowService, deployment: Deployment): Promise<string | undefined> {
  try {
    const waiting = { passing: BUSY, waitMillis: PATIENCE_MILLIS }
    const { workerDeploymentInfo } = await patiently(() => service.describeWorkerDeployment(deployment), waiting)
    return workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId ?? undefined
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/**
 * The server knows of a build a moment after its first worker has asked for work: it is waited for, by default 30 s.
 * @throws The server's error, `isMissing` of a build that no worker has by then.
 */
export async function makeCurrent(
  service: WorkflowService,
  deployment: Deployment,
  { buildId, waitMillis = PATIENCE_MILLIS }: { readonly buildId: string; readonly waitMillis?: number },
): Promise<void> {
  const request = { ...deployment, buildId, identity: 'anneal' }
  const waiting = { passing: new Set([...BUSY, ...MISSING]), waitMillis }
  await patiently(() => service.setWorkerDeploymentCurrentVersion(request), waiting)
}

/** Whether the server does not know of what it was asked about. */
export function isMissing(error: unknown): boolean {
  return isOneOf(MISSING, error)
}

/** Codes of https://grpc.io/docs/guides/status-codes: not found, of a build; failed precondition, of a deployment. */
const MISSING: ReadonlySet<unknown> = new Set([5, 9])
/** Deadlines, of which the native connection's come as "cancelled", and a server that has just started. */
const BUSY: ReadonlySet<unknown> = new Set([1, 4, 14])

const PATIENCE_MILLIS = 30_000
const PAUSE_MILLIS = 200

interface Patience {
  /** Codes of errors that pass. */
  readonly passing: ReadonlySet<unknown>
  readonly waitMillis: number
}

async function patiently<T>(call: () => Promise<T>, { passing, waitMillis }: Patience): Promise<T> {
  const untilMillis = Date.now() + waitMillis
  for (;;) {
    try {
      return await call()
    } catch (error) {
      if (!isOneOf(passing, error) || Date.now() > untilMillis) throw error
      await delay(PAUSE_MILLIS)
    }
  }
}

function isOneOf(codes: ReadonlySet<unknown>, error: unknown): boolean {
  return error instanceof Error && 'code' in error && codes.has(error.code)
}
