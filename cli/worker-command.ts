import { loadSettings } from '../config/settings.ts'
import { spawnOnLifeline } from './dev/lifeline.ts'
import { engineWorker, WORKER_GRACE_MILLIS } from './dev/worker-process.ts'
import { connectClient, expectNamespace } from './run/temporal-client.ts'

/**
 * `anneal worker`: a worker in the foreground, against the settings' Temporal server, which never outlives this process.
 * Answers its exit code. Throws `temporal-unreachable`, `temporal-failed` where there is no server or namespace to work for.
 */
export async function workerCommand(): Promise<number> {
  await expectServer()
  const worker = spawnOnLifeline(engineWorker())
  const stop = (): void => void worker.stop(WORKER_GRACE_MILLIS)
  process.once('SIGINT', stop).once('SIGTERM', stop)
  const how = await worker.ended
  return Number(/^exit (\d+)$/.exec(how)?.[1] ?? 1)
}

async function expectServer(): Promise<void> {
  const client = await connectClient(loadSettings())
  try {
    await expectNamespace(client)
  } finally {
    await client.connection.close()
  }
}
