import type { WorkflowDefinitionOptions } from '@temporalio/common'
import { workflowInfo } from '@temporalio/workflow'

/**
 * Of a workflow that lasts for years: it goes on with the next build, as kept histories replay on it. Where a worker
 * belongs to no deployment nothing may be said, or the server refuses its tasks.
 */
export function lasting(): WorkflowDefinitionOptions {
  const { currentDeploymentVersion } = workflowInfo()
  return currentDeploymentVersion?.deploymentName ? { versioningBehavior: 'AUTO_UPGRADE' } : {}
}
