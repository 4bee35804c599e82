import type { WorkflowService } from '@temporalio/client'
import { currentBuild, isMissing, makeCurrent } from '../../activities/deployments.ts'
import { isOlder, ownBuild } from '../../config/build.ts'
import type { Settings } from '../../config/settings.ts'
import { CliError } from '../errors.ts'
import { temporalFault } from '../temporal-fault.ts'

export interface RolledOut {
  readonly deployment: string
  readonly build: string
  /** Undefined: none was current. */
  readonly before: string | undefined
}

/**
 * Has new runs go to workers of this engine's build. Throws `CliError`: `no-deployment`, `older-build`: what a newer build
 * has gone on with need not replay on an older one; `no-worker`: none of the build has asked for work within `waitMillis`.
 */
export async function rollOut(
  service: WorkflowService,
  { deployment, temporal }: Pick<Settings, 'deployment' | 'temporal'>,
  { waitMillis }: { readonly waitMillis: number },
): Promise<RolledOut> {
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
  if (build !== before)
    await makeCurrent(service, place, { buildId: build, waitMillis }).catch(rethrow(build, waitMillis))
  return { deployment, build, before }
}

function rethrow(build: string, waitMillis: number): (cause: unknown) => never {
  return (cause) => {
    if (!isMissing(cause)) throw cause
    // Also where workers of the build serve some of the queues only.
    const said = temporalFault(cause)?.message
    throw new CliError('no-worker', {
      message: `no worker is of build ${build}`,
      expected: 'one that serves the deployment',
      got: `none that the server knew of within ${waitMillis / 1000} s`,
      remedy: 'start one of this version with `anneal worker` and the same deployment, then run this again',
      ...(said !== undefined && { details: [said] }),
      cause,
    })
  }
}
