import { fileURLToPath } from 'node:url'
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import * as activities from './activities.ts'

/** The peer: a plain Temporal worker with the same limits as ours. */
const [address = '', taskQueue = ''] = process.argv.slice(2)
Runtime.install({ logger: new DefaultLogger('WARN'), shutdownSignals: [] })
const connection = await NativeConnection.connect({ address })
const worker = await Worker.create({
  connection,
  taskQueue,
  activities,
  workflowsPath: fileURLToPath(new URL('workflows.ts', import.meta.url)),
  maxConcurrentActivityTaskExecutions: 100,
})
process.once('SIGTERM', () => worker.shutdown())
const running = worker.run()
process.stdout.write('{"ready":true}\n')
await running
await connection.close()
