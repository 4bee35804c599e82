import type { WorkflowService } from '@temporalio/client'
import { currentBuild, makeCurrent } from '../../activities/deployments.ts'
import { isOlder, ownBuild } from '../../config/build.ts'
import type { Settings } from '../../config/settings.ts'
import { CliError } from '../errors.ts'

export interface RolledOut {
  readonly deployment: string
  readonly build: string
  /** Undefined: none was current. */
  readonly before: string | undefined
}

/**
 * Has new runs go to workers of this engine's build. Throws `CliError`: `no-deployment`, `older-build`: what a newer build
 * has gone on with need not replay on an older one.
 */
export async function rollOut(service: WorkflowService, { deployment, temporal }: Settings): Promise<RolledOut> {
  if (deployment === undefined) {
    throw new CliError('no-deployment', {
      message: 'deployment: expected a name, got none',
      remedy: 'set ANNEAL_DEPLOYMENT, or `deployment` in anneal.config.json, for this command and for all workers',
    })
  }
  const place = { namespace: temporal.namespace, deploymentName: deployment }
  const [build, before] = await Promise.all([ownBuild(), currentBuild(service, place)])
  if (before !== undefined && isOlder(build, before)) {
    throw new CliError('older-build', {
      message: `build of "${deployment}": expected one as new as the current ${before}, got ${build}`,
      remedy: 'install that version or a newer one; runs on either build go on with workers of their own build',
    })
  }
  if (build !== before) await makeCurrent(service, place, build)
  return { deployment, build, before }
}
