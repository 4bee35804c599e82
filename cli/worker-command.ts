import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { loadSettings } from '../config/settings.ts'
import { engineWorker } from './dev/worker-process.ts'
import { connectClient } from './run/temporal-client.ts'

/**
 * `anneal worker`: a worker in the foreground, against the settings' Temporal server. Answers its exit code.
 * Throws `temporal-unreachable`, `temporal-failed` where there is no server or namespace to work for.
 */
export async function workerCommand(): Promise<number> {
  await expectNamespace()
  const [program = process.execPath, ...args] = engineWorker()
  const worker = spawn(program, args, { stdio: 'inherit' })
  // Ctrl-C reaches the whole foreground group by itself; SIGTERM has to be handed on.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => worker.kill('SIGTERM'))
  await once(worker, 'exit')
  return worker.exitCode ?? 1
}

async function expectNamespace(): Promise<void> {
  const client = await connectClient(loadSettings())
  try {
    await client.workflowService.describeNamespace({ namespace: client.options.namespace })
  } finally {
    await client.connection.close()
  }
}
