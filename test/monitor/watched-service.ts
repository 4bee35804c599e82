import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { MockActivityEnvironment } from '@temporalio/testing'
import { ChildPool } from '../../activities/children/pool.ts'
import { eachLoader } from '../../activities/elements.ts'
import type { Engine } from '../../activities/engine.ts'
import { windowEvaluator } from '../../activities/monitor/evaluate-window.ts'
import type { Evaluated } from '../../activities/monitor/requests.ts'
import { nativeUnits } from '../../activities/native-units.ts'
import { orderLoader } from '../../activities/order.ts'
import { stepFolders } from '../../activities/step-folders.ts'
import { turns } from '../../activities/turns.ts'
import { quotePath, withDuckDb } from '../../data/duckdb.ts'
import { canonicalJson } from '../../dsl/digest.ts'
import { artifacts, sha256Of } from '../../store/artifacts.ts'
import { audit } from '../../store/audit.ts'
import { datasets } from '../../store/datasets.ts'
import { folderStore } from '../../store/folder-store.ts'
import { nodeFileSystem, type FileSystem } from '../../store/file-system.ts'
import type { Clock, Served } from '../../store/generation.ts'
import { keptResults } from '../../store/kept-results.ts'
import { monitors, type WindowRecord } from '../../store/monitors.ts'
import { ownIdentity } from '../../store/process-identity.ts'
import { registry } from '../../store/registry.ts'
import { results } from '../../store/results.ts'
import { services } from '../../store/services.ts'
import { createKey, loadSigner, trusted } from '../../store/signing/keys.ts'
import { aTraining } from '../store/a-registration.ts'
import { features, SERVICE, watchedPlan } from './watched-plan.ts'

export const DAY_MILLIS = 86_400_000
/** Where training ends and the service begins. */
export const BEGAN = Date.UTC(2001, 3, 1)
const TRAINED_DAYS = 30

/** An engine of this process over a store on a folder, which other processes may have open too. */
export interface WatchedService {
  readonly engine: Engine
  /** Digest of the order whose plan watches the service. */
  readonly order: string
  /** Day n of event time, from 1, as window n. */
  readonly evaluate: (number: number) => Promise<Evaluated>
  readonly window: (number: number) => Promise<WindowRecord>
  /** Keys of the alerts that stand in the service's audit chain. */
  readonly alerts: () => Promise<readonly string[]>
  readonly close: () => Promise<void>
}

/** Opens what is in the folder; what children run lies beside it. */
export async function openWatched(folder: string, fs: FileSystem = nodeFileSystem): Promise<WatchedService> {
  const objects = folderStore(join(folder, 'store'), fs)
  const files = artifacts(objects)
  const workFolder = join(folder, `work-${process.pid}-${randomBytes(4).toString('hex')}`)
  await mkdir(workFolder, { recursive: true })
  const pool = new ChildPool({ folder: workFolder, maxIdle: 2 })
  const keys = join(folder, 'keys')
  const log = audit(objects)
  const sources = { order: orderLoader(files), artifacts: files, results: keptResults(results(objects, files)) }
  const engine: Engine = {
    ...sources,
    each: eachLoader(sources),
    objects,
    pool,
    worker: ownIdentity(),
    leaseMillis: 2000,
    workFolder,
    folders: stepFolders(join(workFolder, 'steps')),
    lightTurns: turns(1),
    codeUnit: () => Promise.reject(new Error('code: expected none to run')),
    nativeUnit: nativeUnits(join(dirname(folder), 'native')),
    projectFolder: folder,
    observe: { activity: () => {}, childPeak: () => {}, window: () => {} },
    registry: registry(objects, files),
    datasets: datasets(objects),
    audit: log,
    trustedKeys: () => trusted(keys),
    signer: () => loadSigner(keys),
    trafficLeaseMillis: 60_000,
    version: 'test',
    isPolled: () => Promise.resolve(true),
    isRunning: () => Promise.resolve(true),
    demoKeys: false,
    signalWithStart: () => Promise.reject(new Error('workflows: expected none to start')),
  }
  const order = await files.putBytes(Buffer.from(canonicalJson({ plan: await planIn(engine), ...ORDER })))
  const evaluateWindow = windowEvaluator()
  return {
    engine,
    order,
    evaluate: (number) => {
      const end = new Date(BEGAN + number * DAY_MILLIS).toISOString()
      const request = { service: SERVICE, order, node: 'monitor', number, end }
      return new MockActivityEnvironment().run(evaluateWindow, engine, request)
    },
    window: async (number) => {
      const found = await monitors(objects).read(SERVICE, number)
      if (found === undefined) throw new Error(`window ${number}: expected it, got none`)
      return found
    },
    alerts: async () => {
      const entries = await log.entries(`service:${SERVICE}`, await trusted(keys))
      return entries.filter(({ entry }) => entry.kind === 'alert').map(({ entry }) => entry.key)
    },
    close: async () => {
      await pool.close()
      await objects.close()
    },
  }
}

const ORDER = { parameters: {}, requestedBy: 'test' }

function planIn({ artifacts: files }: Engine): Promise<string> {
  return files.putBytes(Buffer.from(canonicalJson(watchedPlan)))
}

/** A day a second, of which so many have passed by now. Days begin with whole seconds, by which requests are counted. */
export function aClock(days = 30): Clock {
  const wallOrigin = new Date((Math.floor(Date.now() / 1000) - days) * 1000).toISOString()
  return { eventOrigin: new Date(BEGAN).toISOString(), wallOrigin, scale: DAY_MILLIS / 1000 }
}

/** Puts a version, trained on 30 days of `x` from 0 to 99, in service. */
export async function serve({ engine }: WatchedService, clock: Clock): Promise<Served> {
  const keys = join(engine.projectFolder, 'keys')
  const signer = await createKey(keys)
  const table = await trainedTable(engine)
  const named = {
    'features.json': canonicalJson({ spec: features }),
    'model.onnx': 'the weights',
    'training.json': canonicalJson({ classes: null }),
  }
  const listed = Object.entries(named).map(async ([name, text]) => ({
    name,
    digest: await engine.artifacts.putBytes(Buffer.from(text)),
    size: text.length,
  }))
  const plan = await planIn(engine)
  const { pipeline, run, dependencies } = aTraining
  const others = dependencies.filter(({ kind }) => kind !== 'feature-table')
  const { version } = await engine.registry.register(
    {
      model: 'trips',
      task: 'binary',
      service: SERVICE,
      files: await Promise.all(listed),
      evidence: await engine.artifacts.putBytes(Buffer.from('{}')),
      metrics: {},
      plan,
      run,
      pipeline,
      trainedRows: 1,
      asOf: new Date(BEGAN).toISOString().replace('Z', '000Z'),
      registeredAt: '2026-01-01T00:00:00.000Z',
      training: {
        ...aTraining,
        plan,
        dependencies: [...others, { kind: 'feature-table', name: 'trips', rows: 100 * TRAINED_DAYS, digest: table }],
      },
    },
    signer,
  )
  const entry = sha256Of((await engine.objects.get(`registry/trips/${version.version}`)) ?? '')
  const served = {
    model: 'trips',
    version: version.version,
    entry,
    rootDigest: version.rootDigest,
    plan,
    features: null,
  }
  await generation({ engine }, { stable: served, clock })
  return served
}

export async function generation(
  { engine }: Pick<WatchedService, 'engine'>,
  { stable, clock }: { readonly stable: Served; readonly clock: Clock },
): Promise<void> {
  const chain = services(engine.objects)
  const newest = await chain.current(SERVICE, await engine.trustedKeys())
  const previous = newest !== undefined && 'value' in newest ? newest.value : null
  const key = `generation ${previous?.state.generation ?? 0}`
  const rest = { candidate: null, until: null, salt: key, key, cause: 'direct', by: 'test', evidence: null } as const
  // It came at the clock's own beginning.
  const options = { previous, signer: await engine.signer(), at: clock.wallOrigin }
  await chain.publish({ service: SERVICE, stable, clock, ...rest }, options)
}

async function trainedTable({ artifacts: files, workFolder }: Engine): Promise<string> {
  const path = join(workFolder, 'table.parquet')
  await withDuckDb({ memoryMib: 200, threads: 1 }, (connection) =>
    connection.run(`copy (select
        timestamp '2001-03-02 00:10:00' + to_days((i // 100)::integer) as "$time", (i % 100)::float as x, 0.5 as "$bucket"
      from range(${100 * TRAINED_DAYS}) t(i)) to ${quotePath(path)} (format parquet)`),
  )
  return files.putFile(path)
}
