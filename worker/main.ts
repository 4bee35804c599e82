import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker'
import { createActivities, type Activities } from '../activities/activities.ts'
import { currentBuild, makeCurrent } from '../activities/deployments.ts'
import { taskQueueOf } from '../activities/task-queues.ts'
import { connectionOptions } from '../config/connection-options.ts'
import { machineCache } from '../config/machine-cache.ts'
import { ownBuild } from '../config/build.ts'
import { loadSettings, type Settings } from '../config/settings.ts'
import type { Queue } from '../dsl/plan.ts'
import { memoryMibOf } from '../activities/children/memory-use.ts'
import { createEngine, createPool } from './engine.ts'
import { metrics } from './metrics.ts'
import { workflowBundle } from './workflow-bundle.ts'

const CORES = availableParallelism()

/** Serves every class of task queue, the GPU's where it is told to, until SIGINT or SIGTERM; what runs then is finished or handed back. */
async function main(): Promise<void> {
  const settings = loadSettings()
  setInterval(collectSooner, LOOK_MILLIS).unref()
  Runtime.install({ logger: new DefaultLogger('WARN'), shutdownSignals: [] })
  const [connection, bundle] = await Promise.all([
    NativeConnection.connect(connectionOptions(settings)),
    workflowBundle(join(machineCache(process.env), 'workflows')),
  ])
  const pool = createPool(settings)
  const measured = metrics({ childrenMib: () => pool.pids().map(memoryMibOf) })
  const page = settings.metricsPort === undefined ? undefined : await measured.serve(settings.metricsPort)
  const engine = await createEngine(settings, { connection, pool, observe: measured.observe })
  const workers = await createWorkers(settings, { connection, bundle, activities: createActivities(engine) })
  const stop = (): void => workers.forEach((worker) => worker.getState() === 'RUNNING' && worker.shutdown())
  process.once('SIGINT', stop).once('SIGTERM', stop)
  const running = Promise.all(workers.map((worker) => worker.run()))
  await takeUpNewRuns(settings, connection)
  process.stdout.write(`${JSON.stringify({ ready: true, pid: process.pid, queue: settings.queue })}\n`)
  await running
  page?.close()
  await engine.pool.close()
  await Promise.all([engine.folders.close(), engine.objects.close()])
  await connection.close()
}

/** From here on memory counts more than time does. Resident, in MiB; a worker that has nothing to do holds 200. */
const MUCH_MIB = 320
const LOOK_MILLIS = 5000

/**
 * Where memory is plenty, V8 lets a heap grow to four times what lived in it before it collects the old part, and the
 * runs that a worker has dropped lie there meanwhile. Once they are many it grows by half; before that, collecting sooner
 * costs a busy worker a third of its time. Holds for the threads of workflows too.
 */
function collectSooner(): void {
  const isMuch = process.memoryUsage.rss() > MUCH_MIB * 2 ** 20
  // 0: as V8 sees fit.
  setFlagsFromString(`--heap-growing-percent=${isMuch ? 50 : 0}`)
}

interface Serving {
  readonly connection: NativeConnection
  readonly bundle: { readonly codePath: string }
  readonly activities: Activities
}

/** Workflows and light steps on the base queue; heavy steps one per core on queues of their own, and one for the GPU. */
async function createWorkers(
  settings: Settings,
  { connection, bundle, activities }: Serving,
): Promise<readonly Worker[]> {
  const common: WorkerOptions = {
    connection,
    namespace: settings.temporal.namespace,
    taskQueue: settings.queue,
    activities,
    shutdownGraceTime: '3 seconds',
    ...(await versioning(settings)),
  }
  const heavy: readonly (readonly [Queue, number])[] = [
    ['data', CORES],
    ['cpu', CORES],
    ...(settings.gpu ? ([['gpu', 1]] as const) : []),
  ]
  return Promise.all([
    Worker.create({
      ...common,
      workflowBundle: bundle,
      // All that a run asks for at once (`MOST_AT_ONCE`): they are claimed and published together. Processes have turns.
      maxConcurrentActivityTaskExecutions: Math.max(100, 8 * CORES),
      // A run that waits for weeks is read from the server again when something happens.
      maxCachedWorkflows: 400,
      // A dead worker's workflows wait this long before another one takes them up.
      stickyQueueScheduleToStartTimeout: '3 seconds',
    }),
    ...heavy.map(([queue, maxConcurrentActivityTaskExecutions]) =>
      Worker.create({ ...common, taskQueue: taskQueueOf(settings.queue, queue), maxConcurrentActivityTaskExecutions }),
    ),
  ])
}

/** A run stays with its build, unless its workflow says otherwise: its history need not replay on another one. */
async function versioning({ deployment }: Settings): Promise<Pick<WorkerOptions, 'workerDeploymentOptions'>> {
  if (deployment === undefined) return {}
  return {
    workerDeploymentOptions: {
      version: { deploymentName: deployment, buildId: await ownBuild() },
      useWorkerVersioning: true,
      defaultVersioningBehavior: 'PINNED',
    },
  }
}

/** The first build of a deployment; a later one is made the current one by whoever rolls it out. */
async function takeUpNewRuns({ deployment, temporal }: Settings, connection: NativeConnection): Promise<void> {
  if (deployment === undefined) return
  const place = { namespace: temporal.namespace, deploymentName: deployment }
  const current = await currentBuild(connection.workflowService, place)
  if (current === undefined) await makeCurrent(connection.workflowService, place, { buildId: await ownBuild() })
}

await main()
