import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Client } from '@temporalio/client'
import type { NativeConnection } from '@temporalio/worker'
import { ChildPool } from '../activities/children/pool.ts'
import { codeUnits } from '../activities/code-units.ts'
import { eachLoader } from '../activities/elements.ts'
import type { Engine } from '../activities/engine.ts'
import { orderLoader } from '../activities/order.ts'
import { nativeUnits } from '../activities/native-units.ts'
import { stepFolders } from '../activities/step-folders.ts'
import { isPolled, isRunning } from '../activities/task-queues.ts'
import { turns } from '../activities/turns.ts'
import { machineCache } from '../config/machine-cache.ts'
import type { Settings } from '../config/settings.ts'
import { audit } from '../store/audit.ts'
import { keptResults } from '../store/kept-results.ts'
import { datasets } from '../store/datasets.ts'
import { registry } from '../store/registry.ts'
import { loadSigner, trusted } from '../store/signing/keys.ts'
import { openStore } from '../store/open-store.ts'
import { ownIdentity } from '../store/process-identity.ts'
import { reapOrphans } from '../activities/children/orphans.ts'

export interface Parts extends Pick<Engine, 'pool' | 'observe'> {
  readonly connection: NativeConnection
}

/** Children of this project's worker; `prepare`d by `createEngine`. */
export function createPool({ stateFolder }: Settings): ChildPool {
  return new ChildPool({ folder: workFolderOf(stateFolder), maxIdle: 4 * availableParallelism() })
}

function workFolderOf(stateFolder: string): string {
  return join(stateFolder, 'work')
}

/** What the activities of this process work with. Sweeps up what dead workers of this project left. */
export async function createEngine(settings: Settings, { connection, pool, observe }: Parts): Promise<Engine> {
  const workFolder = workFolderOf(settings.stateFolder)
  const store = openStore(settings.store)
  const { artifacts } = store
  const sources = { order: orderLoader(artifacts), artifacts, results: keptResults(store.results) }
  const client = new Client({ connection, namespace: settings.temporal.namespace })
  await Promise.all([store.objects.sweepTemporaryFiles(), reapOrphans(workFolder), pool.prepare()])
  return {
    ...sources,
    each: eachLoader(sources),
    objects: store.objects,
    registry: registry(store.objects, artifacts),
    datasets: datasets(store.objects),
    signer: () => loadSigner(settings.keys),
    trustedKeys: () => trusted(settings.keys),
    audit: audit(store.objects),
    trafficLeaseMillis: settings.trafficLeaseMillis,
    demoKeys: settings.demoKeys,
    nativeUnit: nativeUnits(join(workFolder, 'native')),
    projectFolder: settings.root,
    observe,
    version: packageVersion(),
    pool,
    worker: ownIdentity(),
    leaseMillis: settings.leaseMillis,
    workFolder,
    folders: stepFolders(join(workFolder, 'steps')),
    lightTurns: turns(8 * availableParallelism()),
    codeUnit: codeUnits(store, { workFolder, cacheFolder: machineCache(process.env) }),
    isPolled: (taskQueue) =>
      isPolled(connection.workflowService, { namespace: settings.temporal.namespace, taskQueue }),
    isRunning: (workflowId) =>
      isRunning(connection.workflowService, { namespace: settings.temporal.namespace, workflowId }),
    signalWithStart: async ({ workflow, workflowId, input, signal, message }) => {
      const options = { workflowId, taskQueue: settings.queue, args: [input], signal, signalArgs: [message] }
      await client.workflow.signalWithStart(workflow, { ...options, staticSummary: workflowId })
    },
  }
}

function packageVersion(): string {
  const { version } = createRequire(import.meta.url)('../package.json') as { readonly version: string }
  return version
}
