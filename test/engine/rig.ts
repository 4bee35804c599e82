import { randomUUID } from 'node:crypto'
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client, Connection, type WorkflowClientInterceptor } from '@temporalio/client'
import type { EnrolledPerson } from '../../cli/approvals/enrolled-person.ts'
import type { LifelineProcess } from '../../cli/dev/lifeline.ts'
import { engineProgram } from '../../store/engine-program.ts'
import { startWorker } from '../../cli/dev/worker-process.ts'
import type { Prepared } from '../../cli/pipeline-file/prepare.ts'
import { parametersOf } from '../../cli/run/parameters.ts'
import { startRun, type RunHandle } from '../../cli/run/start-run.ts'
import type { Clock } from '../../store/generation.ts'
import type { Project } from './project.ts'

export interface Rig {
  readonly project: Project
  readonly client: Client
  /** Base task queue, this rig's own. */
  readonly queue: string
  /**
   * Another worker process of the project, with more in its environment; ready once this settles.
   * `program`: from the repository's folder, or a whole command. Default: the engine's own.
   */
  readonly startWorker: (env?: NodeJS.ProcessEnv, program?: string | readonly string[]) => Promise<LifelineProcess>
  readonly start: (prepared: Prepared, options?: StartOptions) => Promise<RunHandle>
  /** What the workers have written. */
  readonly log: () => string
  /** Ends the workers, in order, and closes the connection. Folders stay. */
  readonly close: () => Promise<void>
}

export interface StartOptions {
  /** `name=value` each. */
  readonly param?: readonly string[]
  /** Default: one that no other run has. */
  readonly cause?: string
  /** Has the run continue as new beyond this many events. Default: the workflow's own. */
  readonly maxEvents?: number
  /** Who signs the order. Default: nobody. */
  readonly orderer?: EnrolledPerson
  /** Default: event time is wall time. */
  readonly clock?: Clock
}

/** Leases short enough to wait for. */
const LEASE_MILLIS = 2000

/** A project on a Temporal server, with task queues of its own. No worker runs yet. */
export async function aRig(address: string, project: Project, queue: string = `test-${randomUUID()}`): Promise<Rig> {
  const connection = await Connection.connect({ address })
  const client = new Client({ connection })
  const logFile = join(project.root, 'workers.log')
  const workers: LifelineProcess[] = []
  return {
    project,
    client,
    queue,
    startWorker: async (env = {}, program) => {
      const worker = await startWorker({
        ...(program !== undefined && { command: typeof program === 'string' ? engineProgram(program) : program }),
        cwd: project.root,
        env: { ...environment({ address, project, queue }), ...env },
        output: (chunk) => appendFileSync(logFile, chunk),
      })
      workers.push(worker)
      return worker
    },
    start: async (prepared, { param = [], cause = randomUUID(), maxEvents, orderer, clock } = {}) => {
      const { plan, planDigest } = prepared
      const parameters = parametersOf(plan, param)
      const run = {
        plan,
        planDigest,
        parameters,
        cause,
        taskQueue: queue,
        requestedBy: 'test',
        ...(orderer && { orderer }),
        ...(clock && { clock }),
      }
      const starter = maxEvents === undefined ? client : continuingAt(maxEvents, connection)
      const { handle } = await startRun(starter, project.store.artifacts, run)
      return client.workflow.getHandle(handle.workflowId)
    },
    log: () => readFileSync(logFile, 'utf8'),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.stop()))
      await connection.close()
    },
  }
}

/** A client whose runs continue as new beyond so many events. */
function continuingAt(maxEvents: number, connection: Connection): Client {
  const interceptor: WorkflowClientInterceptor = {
    start: (input, next) => {
      const args = input.options.args.map((run: unknown) => ({ ...Object(run), maxEvents }))
      return next({ ...input, options: { ...input.options, args } })
    },
  }
  return new Client({ connection, interceptors: { workflow: [interceptor] } })
}

interface Place {
  readonly address: string
  readonly project: Project
  readonly queue: string
}

function environment({ address, project, queue }: Place): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(?:ANNEAL|TEMPORAL|VITEST|NODE_OPTIONS)/.test(name),
  )
  return {
    ...Object.fromEntries(inherited),
    ANNEAL_STATE_FOLDER: project.stateFolder,
    ANNEAL_QUEUE: queue,
    ANNEAL_LEASE_MILLIS: String(LEASE_MILLIS),
    TEMPORAL_ADDRESS: address,
  }
}
