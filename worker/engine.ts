import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { NativeConnection } from '@temporalio/worker'
import { ChildPool } from '../activities/children/pool.ts'
import { codeUnits } from '../activities/code-units.ts'
import type { Engine } from '../activities/engine.ts'
import { orderLoader } from '../activities/order.ts'
import { isPolled } from '../activities/task-queues.ts'
import { machineCache } from '../config/machine-cache.ts'
import type { Settings } from '../config/settings.ts'
import { keptResults } from '../store/kept-results.ts'
import { openStore } from '../store/open-store.ts'
import { ownIdentity } from '../store/process-identity.ts'
import { reapOrphans } from '../activities/children/orphans.ts'

/** What the activities of this process work with. Sweeps up what dead workers of this project left. */
export async function createEngine(settings: Settings, connection: NativeConnection): Promise<Engine> {
  const workFolder = join(settings.stateFolder, 'work')
  const store = openStore(settings.store)
  const { artifacts } = store
  const pool = new ChildPool({ folder: workFolder, maxIdle: 4 * availableParallelism() })
  await Promise.all([store.objects.sweepTemporaryFiles(), reapOrphans(workFolder), pool.prepare()])
  return {
    artifacts,
    results: keptResults(store.results),
    pool,
    worker: ownIdentity(),
    leaseMillis: settings.leaseMillis,
    workFolder,
    codeUnit: codeUnits(store, { workFolder, cacheFolder: machineCache(process.env) }),
    order: orderLoader(artifacts),
    isPolled: (taskQueue) =>
      isPolled(connection.workflowService, { namespace: settings.temporal.namespace, taskQueue }),
  }
}
