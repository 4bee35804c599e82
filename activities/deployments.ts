import { setTimeout as delay } from 'node:timers/promises'
import type { WorkflowService } from '@temporalio/client'

/** Workers of one or more builds that serve the same queues. */
export interface Deployment {
  readonly namespace: string
  readonly deploymentName: string
}

/** The build that new runs go to. Undefined: none, and new runs wait. */
export async function currentBuild(service: WorkflowService, deployment: Deployment): Promise<string | undefined> {
  try {
    const { workerDeploymentInfo } = await service.describeWorkerDeployment(deployment)
    return workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId ?? undefined
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

const PATIENCE_MILLIS = 30_000
const PAUSE_MILLIS = 200

/** The server knows of a build a moment after its first worker has asked for work. */
export async function makeCurrent(service: WorkflowService, deployment: Deployment, buildId: string): Promise<void> {
  const untilMillis = Date.now() + PATIENCE_MILLIS
  for (;;) {
    try {
      await service.setWorkerDeploymentCurrentVersion({ ...deployment, buildId, identity: 'anneal' })
      return
    } catch (error) {
      if (!isMissing(error) || Date.now() > untilMillis) throw error
      await delay(PAUSE_MILLIS)
    }
  }
}

/** Not found, of a build; failed precondition, of a deployment: https://grpc.io/docs/guides/status-codes */
const MISSING: ReadonlySet<unknown> = new Set([5, 9])

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && MISSING.has(error.code)
}
