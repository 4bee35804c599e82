import { join } from 'node:path'
import { Connection } from '@temporalio/client'
import { connectionOptions } from '../../config/connection-options.ts'
import type { DevRecord } from '../../config/dev-record.ts'
import type { Settings } from '../../config/settings.ts'
import type { Duration } from '../../dsl/units.ts'
import { identityOf } from '../../store/process-identity.ts'
import { createKey } from '../../store/signing/keys.ts'
import { rollOut } from '../deploy/roll-out.ts'
import { CliError } from '../errors.ts'
import { registerSearchAttributes } from '../temporal-namespace.ts'
import { findTemporalBinary } from '../temporal-server-binary.ts'
import { freePort, startTemporalServer } from '../temporal-server.ts'
import type { LifelineProcess } from './lifeline.ts'
import { LogFile } from './log-file.ts'
import { dropDevRecord, takeDevRecord, updateDevRecord } from './record.ts'
import { supervise, type Supervision } from './supervise.ts'
import { engineProgram } from '../../store/engine-program.ts'
import { startWorker } from './worker-process.ts'

export interface DevOptions {
  /** Hears what a person should see: progress of a long set-up, and each restart. */
  readonly report: (line: string) => unknown
  /** Before `settings.dev`. */
  readonly port?: number
  readonly uiPort?: number
  readonly headless?: boolean
  /** Program and arguments of the worker. Default: the engine's own. */
  readonly worker?: readonly string[]
  /** Answers inference requests beside them. Default: none does. */
  readonly gateway?: { readonly port: number; readonly maxSkew: Duration }
}

export interface DevHandle {
  /** `host:port` of Temporal. */
  readonly address: string
  readonly namespace: string
  /** Of Temporal's page; absent when headless, or when the server is somebody else's. */
  readonly uiUrl?: string
  /** Of the worker and its children, for Prometheus. */
  readonly metricsUrl?: string
  /** Of the gateway, where there is one: `http://127.0.0.1:8080`. */
  readonly gatewayUrl?: string
  /** Where the logs of server, worker and gateway are. */
  readonly logs: string
  /** Ends gateway, worker, then server. `atOnce` asks nobody. Settles when all are gone. */
  readonly stop: (options?: { readonly atOnce?: boolean }) => Promise<void>
}

/**
 * Starts Temporal and a worker for the project and keeps both running. A server named by the environment or the
 * configuration is used as it is, and gets our search attributes. Nothing of it outlives this process.
 * Throws `CliError`: `already-running`, `tool-missing`, `port-in-use`, `temporal-unreachable`, `worker-failed`.
 */
export async function startDev(settings: Settings, options: DevOptions): Promise<DevHandle> {
  const dev = new Dev(settings, options)
  takeDevRecord(settings.stateFolder)
  try {
    await dev.start()
    return dev.handle()
  } catch (error) {
    await dev.stop({ atOnce: true })
    throw error
  }
}

type Parts = Pick<DevRecord, 'server' | 'worker' | 'gateway'>
type Place = Pick<DevHandle, 'address' | 'uiUrl' | 'metricsUrl' | 'gatewayUrl'>

/** The processes of one `anneal dev`. */
class Dev {
  private readonly settings: Settings
  private readonly options: DevOptions
  private readonly logs: readonly [server: LogFile, worker: LogFile, gateway: LogFile]
  private supervisions: readonly Supervision[] = []
  private place: Place
  private parts: Parts = {}
  private stopped: Promise<void> | undefined

  constructor(settings: Settings, options: DevOptions) {
    this.settings = settings
    this.options = options
    this.place = { address: settings.temporal.address }
    const folder = join(settings.stateFolder, 'logs')
    const log = (name: string): LogFile => new LogFile(join(folder, `${name}.log`))
    this.logs = [log('temporal'), log('worker'), log('gateway')]
  }

  async start(): Promise<void> {
    if (this.isExternal) await useExternal(this.settings)
    else await this.startServer()
    // Whoever runs this on his own machine may sign there; elsewhere a key has to be put into place.
    await createKey(this.settings.keys)
    await this.startWorker()
    if (this.options.gateway !== undefined) await this.startGateway(this.options.gateway)
  }

  private get isExternal(): boolean {
    return ['environment', 'config'].includes(this.settings.temporal.addressFrom)
  }

  handle(): DevHandle {
    const { namespace } = this.settings.temporal
    const logs = join(this.settings.stateFolder, 'logs')
    return { ...this.place, namespace, logs, stop: (options) => this.stop(options) }
  }

  async stop(options: { readonly atOnce?: boolean } = {}): Promise<void> {
    if (options.atOnce) await Promise.all(this.supervisions.map((each) => each.stop(options)))
    this.stopped ??= this.stopInOrder()
    await this.stopped
  }

  /** The worker first: it hands back what it holds while there is a server to take it. */
  private async stopInOrder(): Promise<void> {
    for (const each of this.supervisions.toReversed()) await each.stop()
    dropDevRecord(this.settings.stateFolder)
    await Promise.all(this.logs.map((log) => log.close()))
  }

  private async startServer(): Promise<void> {
    const { stateFolder, dev, temporal } = this.settings
    const { report, port = dev.port, uiPort = dev.uiPort, headless = dev.headless } = this.options
    const binary = await findTemporalBinary({ report })
    const serve = {
      binary,
      port,
      dbFile: join(stateFolder, 'temporal.db'),
      namespace: temporal.namespace,
      output: (chunk: Buffer) => this.logs[0].write(chunk),
      ...(!headless && { uiPort }),
    }
    const start = async (): Promise<LifelineProcess> => {
      const server = await startTemporalServer(serve)
      this.place = {
        ...this.place,
        address: server.address,
        ...(server.uiUrl !== undefined && { uiUrl: server.uiUrl }),
      }
      return server
    }
    await this.keep('temporal', start, (server) => (this.parts = withPart(this.parts, 'server', server)))
  }

  private async startWorker(): Promise<void> {
    const { root, temporal, metricsPort = await freePort() } = this.settings
    const env = {
      ...process.env,
      TEMPORAL_ADDRESS: this.place.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
      ANNEAL_METRICS_PORT: String(metricsPort),
      // A server that others use has approvers of its own.
      ...(!this.isExternal && { ANNEAL_DEMO_KEYS: 'true' }),
    }
    this.place = { ...this.place, metricsUrl: `http://127.0.0.1:${metricsPort}/metrics` }
    const output = (chunk: Buffer): void => this.logs[1].write(chunk)
    const { worker: command } = this.options
    const start = async (): Promise<LifelineProcess> => {
      const worker = await startWorker({ cwd: root, env, output, ...(command && { command }) })
      if (this.settings.deployment === undefined) return worker
      try {
        await takeUpNewRuns(this.place.address, this.settings)
        return worker
      } catch (error) {
        await worker.stop()
        throw error
      }
    }
    await this.keep('worker', start, (worker) => (this.parts = withPart(this.parts, 'worker', worker)))
  }

  private async startGateway({ port, maxSkew }: NonNullable<DevOptions['gateway']>): Promise<void> {
    const cwd = this.settings.root
    const output = (chunk: Buffer): void => this.logs[2].write(chunk)
    const command = [...engineProgram('cli/main.ts'), 'serve', '--json', '--port', String(port), '--max-skew', maxSkew]
    this.place = { ...this.place, gatewayUrl: `http://127.0.0.1:${port}` }
    const start = (): Promise<LifelineProcess> =>
      startWorker({ name: 'gateway', cwd, env: process.env, output, command })
    await this.keep('gateway', start, (gateway) => (this.parts = withPart(this.parts, 'gateway', gateway)))
  }

  private async keep(
    name: string,
    start: () => Promise<LifelineProcess>,
    note: (process: LifelineProcess | undefined) => void,
  ): Promise<void> {
    const changed = (process: LifelineProcess | undefined): void => {
      note(process)
      this.publish()
    }
    const supervision = await supervise({ name, start, changed, report: this.options.report })
    this.supervisions = [...this.supervisions, supervision]
  }

  private publish(): void {
    const { stateFolder, temporal } = this.settings
    const state = this.parts.worker ? 'ready' : 'starting'
    updateDevRecord(stateFolder, { state, ...this.place, namespace: temporal.namespace, ...this.parts })
  }
}

function withPart(parts: Parts, part: keyof Parts, process: LifelineProcess | undefined): Parts {
  const { [part]: _, ...others } = parts
  const identity = process && identityOf(process.pid)
  return { ...others, ...(identity && { [part]: identity }) }
}

/**
 * A server notes a build as part of a worker's poll. Where that comes to nothing, as it may soon after a restart, the next
 * poll tries again, up to a minute later (`ensureRegisteredInDeploymentVersion` in its physical_task_queue_manager.go).
 */
const NOTED_WITHIN_MILLIS = 90_000

/** Where one engine looks after all, its build is the one that new runs go to. */
async function takeUpNewRuns(address: string, settings: Settings): Promise<void> {
  const connection = await Connection.connect({ ...connectionOptions(settings), address })
  try {
    await rollOut(connection.workflowService, settings, { waitMillis: NOTED_WITHIN_MILLIS })
  } finally {
    await connection.close()
  }
}

async function useExternal(settings: Settings): Promise<void> {
  const { address, namespace } = settings.temporal
  let connection: Connection | undefined
  try {
    connection = await Connection.connect({ ...connectionOptions(settings), connectTimeout: 10_000 })
    await registerSearchAttributes(connection, namespace)
  } catch (cause) {
    throw new CliError('temporal-unreachable', {
      message: `temporal server: expected '${address}' to answer for namespace '${namespace}', got '${reasonOf(cause)}'`,
      remedy: 'check TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, the TLS files and the API key, or unset TEMPORAL_ADDRESS',
      cause,
    })
  } finally {
    await connection?.close()
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
