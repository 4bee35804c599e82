import { createInterface } from 'node:readline'
import { MockActivityEnvironment } from '@temporalio/testing'
import { NativeConnection } from '@temporalio/worker'
import { createActivities } from '../../activities/activities.ts'
import type { RefreshRequest } from '../../activities/monitor/requests.ts'
import { connectionOptions } from '../../config/connection-options.ts'
import { loadSettings } from '../../config/settings.ts'
// oxlint-disable-next-line no-restricted-imports -- this is a worker without workflows
import { createEngine, createPool } from '../../worker/engine.ts'

// A worker's engine that refreshes by the requests that it reads, one a line, and writes what became of each.

if (process.env['DIES_AT'] !== undefined) await import('../batch/dying-calls.ts')

const settings = loadSettings()
const connection = await NativeConnection.connect(connectionOptions(settings))
const pool = createPool(settings)
const observe = { activity: () => {}, childPeak: () => {}, window: () => {} }
const engine = await createEngine(settings, { connection, pool, observe })
const { refreshFeatures } = createActivities(engine)
for await (const line of createInterface({ input: process.stdin })) {
  // Written by the test.
  const request = JSON.parse(line) as RefreshRequest
  const refreshed: unknown = await new MockActivityEnvironment().run(() => refreshFeatures(request))
  process.stdout.write(`${JSON.stringify(refreshed)}\n`)
}
await pool.close()
await Promise.all([engine.folders.close(), engine.objects.close()])
await connection.close()
