import type { Connection } from '@temporalio/client'
import proto from '@temporalio/proto'
import { currentBuild, type Deployment } from '../../activities/deployments.ts'
import type { Settings } from '../../config/settings.ts'
import type { DoctorCheck } from '../doctor.ts'

const { TASK_QUEUE_TYPE_WORKFLOW } = proto.temporal.api.enums.v1.TaskQueueType

/** Whether each run has a worker of the build that it stays with. */
export async function buildsCheck(
  connection: Connection,
  { temporal, queue, deployment }: Settings,
): Promise<readonly DoctorCheck[]> {
  if (deployment === undefined) return []
  const name = 'builds'
  const place = { namespace: temporal.namespace, deploymentName: deployment }
  const current = await currentBuild(connection.workflowService, place)
  if (current === undefined) {
    const found = `'${deployment}' has no current build: new runs wait`
    return [{ name, outcome: 'fail', found, remedy: 'start a worker, then run `anneal deploy`' }]
  }
  const left = await leftBuilds(connection, place, queue)
  const stranded = left.find(({ workflows }) => workflows > 0)
  if (stranded === undefined) return [{ name, outcome: 'ok', found: `'${deployment}' is at ${current}` }]
  const { buildId, query, workflows } = stranded
  const found = `${workflows} ${workflows === 1 ? 'workflow waits' : 'workflows wait'} for a worker of build ${buildId}`
  const move = `temporal workflow update-options --versioning-override-behavior auto_upgrade --query "${query}"`
  return [{ name, outcome: 'warn', found, remedy: `start a worker of it, or move them to ${current}: ${move}` }]
}

interface LeftBuild {
  readonly buildId: string
  /** That are under way on it. */
  readonly workflows: number
  /** For the server's list of them. */
  readonly query: string
}

/** Builds of which no worker has asked for work within the last minutes. */
async function leftBuilds(
  { workflowService }: Connection,
  place: Deployment,
  queue: string,
): Promise<readonly LeftBuild[]> {
  const { namespace, deploymentName } = place
  const [{ workerDeploymentInfo }, { pollers }] = await Promise.all([
    workflowService.describeWorkerDeployment(place),
    workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: queue },
      taskQueueType: TASK_QUEUE_TYPE_WORKFLOW,
    }),
  ])
  const working = new Set(pollers?.map(({ deploymentOptions }) => deploymentOptions?.buildId))
  const builds = workerDeploymentInfo?.versionSummaries?.flatMap(({ deploymentVersion }) => deploymentVersion ?? [])
  const left = builds?.flatMap(({ buildId }) => (buildId && !working.has(buildId) ? [buildId] : [])) ?? []
  return Promise.all(
    left.map(async (buildId) => {
      const query = `TemporalWorkerDeploymentVersion = '${deploymentName}:${buildId}' AND ExecutionStatus = 'Running'`
      const { count } = await workflowService.countWorkflowExecutions({ namespace, query })
      return { buildId, query, workflows: Number(count) }
    }),
  )
}
