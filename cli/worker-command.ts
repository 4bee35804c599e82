import { loadSettings } from '../config/settings.ts'
import { spawnOnLifeline } from './dev/lifeline.ts'
import { engineWorker } from './dev/worker-process.ts'
import { connectClient } from './run/temporal-client.ts'

/** Time to finish or hand back what it does. */
const GRACE_MILLIS = 10_000

/**
 * `anneal worker`: a worker in the foreground, against the settings' Temporal server, which never outlives this process.
 * Answers its exit code. Throws `temporal-unreachable`, `temporal-failed` where there is no server or namespace to work for.
 */
export async function workerCommand(): Promise<number> {
  await expectNamespace()
  const worker = spawnOnLifeline(engineWorker(), {})
  const stop = (): void => void worker.stop(GRACE_MILLIS)
  process.once('SIGINT', stop).once('SIGTERM', stop)
  const how = await worker.ended
  return Number(/^exit (\d+)$/.exec(how)?.[1] ?? 1)
}

async function expectNamespace(): Promise<void> {
  const client = await connectClient(loadSettings())
  try {
    await client.workflowService.describeNamespace({ namespace: client.options.namespace })
  } finally {
    await client.connection.close()
  }
}
