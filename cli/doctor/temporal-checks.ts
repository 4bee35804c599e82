import { Connection } from '@temporalio/client'
import proto from '@temporalio/proto'
import { connectionOptions } from '../../config/connection-options.ts'
import type { Settings, TemporalSettings } from '../../config/settings.ts'
import { ConfigError } from '../../config/errors.ts'
import type { DoctorCheck } from '../doctor.ts'
import { missingSearchAttributes } from '../temporal-namespace.ts'
import { presentTemporalBinary } from '../temporal-server-binary.ts'
import { buildsCheck } from './builds-check.ts'
import { stuckCheck } from './stuck-check.ts'

/** Whether `anneal dev` could start a server at once; not looked at where somebody else's is named. */
export async function binaryCheck({ addressFrom }: TemporalSettings): Promise<readonly DoctorCheck[]> {
  if (addressFrom === 'environment' || addressFrom === 'config') return []
  const name = 'temporal binary'
  const path = await presentTemporalBinary(process.env)
  if (path !== undefined) return [{ name, outcome: 'ok', found: `'${path}'` }]
  const remedy = '`anneal dev` downloads it, or builds it with Go in 3 to 5 minutes'
  return [{ name, outcome: 'warn', found: 'neither on the PATH nor in the cache', remedy }]
}

/** Server, namespace, search attributes and the workers of each queue. */
export async function temporalChecks(settings: Settings): Promise<readonly DoctorCheck[]> {
  const { temporal } = settings
  const name = 'temporal server'
  let connection: Connection | undefined
  try {
    connection = await Connection.connect({ ...connectionOptions(settings), connectTimeout: 3000 })
    const asked = connection
    return await asked.withDeadline(Date.now() + PATIENCE_MILLIS, () => serverChecks(asked, settings))
  } catch (error) {
    const found = error instanceof ConfigError ? error.message : `'${temporal.address}' does not answer`
    return [{ name, outcome: 'fail', found, remedy: remedyOf(temporal) }]
  } finally {
    await connection?.close()
  }
}

/** For each question: a server that is starting takes connections before it answers. */
const PATIENCE_MILLIS = 10_000

async function serverChecks(connection: Connection, settings: Settings): Promise<readonly DoctorCheck[]> {
  const { temporal } = settings
  const { serverVersion } = await connection.workflowService.getSystemInfo({})
  const found = `'${temporal.address}' (from ${temporal.addressFrom}), version ${serverVersion ?? 'unknown'}`
  const rest = await Promise.all([
    namespaceCheck(connection, temporal.namespace),
    attributesCheck(connection, temporal.namespace),
    workersCheck(connection, settings),
    stuckCheck(connection, settings),
    buildsCheck(connection, settings),
  ])
  return [{ name: 'temporal server', outcome: 'ok', found }, ...rest.flat()]
}

function remedyOf({ addressFrom }: TemporalSettings): string {
  if (addressFrom === 'environment') return 'check TEMPORAL_ADDRESS, TLS and API key, or unset it to use `anneal dev`'
  if (addressFrom === 'config') return 'check `temporal` in anneal.config.json, or delete it to use `anneal dev`'
  return 'start one with `anneal dev`, or set TEMPORAL_ADDRESS'
}

const DAY_SECONDS = 86_400

async function namespaceCheck({ workflowService }: Connection, namespace: string): Promise<DoctorCheck> {
  const name = 'namespace'
  try {
    const { config } = await workflowService.describeNamespace({ namespace })
    const days = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) / DAY_SECONDS
    const found = `'${namespace}' keeps closed runs for ${days} days`
    if (days >= 30) return { name, outcome: 'ok', found }
    const remedy = `set 30: temporal operator namespace update --retention 720h ${namespace}`
    return { name, outcome: 'warn', found, remedy }
  } catch {
    const remedy = `create it: temporal operator namespace create --retention 720h ${namespace}`
    return { name, outcome: 'fail', found: `'${namespace}' is not there`, remedy }
  }
}

async function attributesCheck(connection: Connection, namespace: string): Promise<DoctorCheck> {
  const name = 'search attributes'
  try {
    const missing = await missingSearchAttributes(connection, namespace)
    if (missing.length === 0) return { name, outcome: 'ok', found: 'all registered' }
    const flags = missing.map((each) => `--name ${each} --type Keyword`).join(' ')
    const remedy = `temporal operator search-attribute create ${flags}`
    return { name, outcome: 'fail', found: `missing: ${missing.join(', ')}`, remedy }
  } catch {
    const remedy = 'ask whoever runs the cluster whether the six Anneal attributes are registered'
    return { name, outcome: 'warn', found: 'may not be listed with these rights', remedy }
  }
}

const CLASSES = ['', '-data', '-cpu', '-gpu']

async function workersCheck(connection: Connection, { temporal, queue }: Settings): Promise<DoctorCheck> {
  const name = 'workers'
  const queues = CLASSES.map((suffix) => `${queue}${suffix}`)
  const counts = await Promise.all(queues.map((each) => pollersOf(connection, temporal.namespace, each)))
  const found = queues.map((each, index) => `${each} ${counts[index] ?? 0}`).join(', ')
  if ((counts[0] ?? 0) > 0) return { name, outcome: 'ok', found }
  const remedy = 'start `anneal dev`, or a worker on another machine'
  return { name, outcome: 'fail', found, remedy }
}

/** How many workers asked this queue for activities in the last minutes. */
async function pollersOf({ workflowService }: Connection, namespace: string, queue: string): Promise<number> {
  const taskQueueType = proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY
  try {
    const { pollers } = await workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: queue },
      taskQueueType,
    })
    return pollers?.length ?? 0
  } catch {
    // A namespace that is not there has no workers; its own check says what is wrong.
    return 0
  }
}
