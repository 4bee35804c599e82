import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import type { LifelineProcess } from '../cli/dev/lifeline.ts'
import { engineWorker, startWorker } from '../cli/dev/worker-process.ts'
import { findTemporalBinary } from '../cli/temporal-server-binary.ts'
import { freePort, startTemporalServer, type TemporalServer } from '../cli/temporal-server.ts'
import { loadSettings, type Settings } from '../config/settings.ts'
import { engineProgram } from '../store/engine-program.ts'
import { TEMPORARY } from '../store/object-key.ts'
import { openStore, type OpenStore } from '../store/open-store.ts'
import { tellingOfHeaps, usedMibOf } from './heap-slack.ts'
import { settledDisk } from './settled-disk.ts'

/** One tuned server, a worker of ours and a bare one, each in a process of its own. */
export interface Rig {
  readonly client: Client
  readonly settings: Settings
  readonly store: OpenStore
  /** What a command of ours has to see to talk to this rig. */
  readonly env: NodeJS.ProcessEnv
  readonly bareQueue: string
  readonly server: TemporalServer
  readonly worker: LifelineProcess
  readonly close: () => Promise<void>
}

/** A rig whose worker tells what it uses. */
export interface WatchedRig extends Rig {
  /** Collects our worker's garbage, and answers what it then uses. */
  readonly workerUsedMib: () => Promise<number>
}

/** What tells of the heaps costs each step a hundredth, so only a case that asks for them has it. */
export async function buildWatchedRig(): Promise<WatchedRig> {
  const heaps = mkdtempSync(join(tmpdir(), 'anneal-bench-heaps-'))
  const rig = await buildRig({ command: tellingOfHeaps(engineWorker()), env: { HEAP_SLACK: heaps } })
  const close = async (): Promise<void> => {
    await rig.close()
    rmSync(heaps, { recursive: true, force: true })
  }
  return { ...rig, workerUsedMib: () => usedMibOf(rig.worker.pid, heaps), close }
}

interface OwnWorker {
  readonly command?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
}

export async function buildRig(own: OwnWorker = {}): Promise<Rig> {
  const folder = mkdtempSync(join(tmpdir(), 'anneal-bench-'))
  const output = (chunk: Buffer): void => appendFileSync(join(folder, 'output.log'), chunk)
  const binary = await findTemporalBinary({ report: (line) => process.stderr.write(`${line}\n`) })
  const server = await startTemporalServer({
    binary,
    dbFile: join(folder, 'temporal.db'),
    port: await freePort(),
    output,
  })
  const env = { ...process.env, TEMPORAL_ADDRESS: server.address, ANNEAL_STATE_FOLDER: join(folder, 'state') }
  const settings = loadSettings({ env })
  const bareQueue = 'bare'
  const cwd = settings.root
  // Where the worker makes its files: ext4 looks for a free inode near the folder's own.
  await settledDisk(join(settings.store, TEMPORARY))
  const [worker, bare] = await Promise.all([
    startWorker({ cwd, output, ...own, env: { ...env, ...own.env } }),
    startWorker({ cwd, env, output, command: bareCommand(server.address, bareQueue) }),
  ])
  const connection = await Connection.connect({ address: server.address })
  const close = async (): Promise<void> => {
    await connection.close()
    await Promise.all([worker.stop(), bare.stop()])
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return {
    client: new Client({ connection }),
    settings,
    store: openStore(settings.store),
    env,
    bareQueue,
    server,
    worker,
    close,
  }
}

function bareCommand(address: string, queue: string): readonly string[] {
  return [...engineProgram('bench/bare/worker.ts'), address, queue]
}
