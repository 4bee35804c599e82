import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import { inject } from 'vitest'
import type { TrafficOutput } from '../../activities/canary/requests.ts'
import { startGateway, type Gateway } from '../../serving/gateway.ts'
import { appendAppliedPlan } from '../../store/applied-plans.ts'
import { services, type SignedGeneration } from '../../store/services.ts'
import type { TrustedKeys } from '../../store/signing/dsse.ts'
import { trusted } from '../../store/signing/keys.ts'
import type { CanaryStatus } from '../../workflows/canary-view.ts'
import type { RunResult } from '../../workflows/run-pipeline.ts'
import { aFlightsRig, asOfParam, flightsRigOf, type FlightsRig } from '../batch/flights-rig.ts'
import { eventually } from '../engine/eventually.ts'
import { aCopyOf } from '../engine/project.ts'
import type { StartOptions } from '../engine/rig.ts'
import { canaryPipeline, type CanaryPipeline } from './canary-pipeline.ts'
import { pump, type PumpOptions } from './traffic-pump.ts'
import { engineProgram } from '../../store/engine-program.ts'

export interface CanaryRig extends FlightsRig {
  readonly keys: TrustedKeys
  readonly gateway: (only: string, more?: { readonly stateFolder?: string }) => Promise<Gateway>
  readonly pump: (service: string, options?: Pick<PumpOptions, 'behaviour' | 'requests'>) => ReturnType<typeof pump>
  /** Starts a run; its id. */
  readonly begin: (options: CanaryPipeline & Pick<StartOptions, 'cause' | 'clock' | 'orderer'>) => Promise<string>
  readonly ended: (run: string) => Promise<Ended>
  /** The command line in the rig's project. */
  readonly anneal: (...args: readonly string[]) => Promise<Said>
  readonly generations: (service: string) => Promise<readonly SignedGeneration[]>
  readonly status: (service: string) => Promise<CanaryStatus>
  /** Until the canary's status is such. */
  readonly until: (service: string, is: (status: CanaryStatus) => boolean) => Promise<CanaryStatus>
}

export interface Said {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Ended {
  readonly outcome: RunResult['outcome']
  readonly output: TrafficOutput
}

const [NODE, ...ANNEAL] = engineProgram('cli/main.ts')

/** Three days of flights, of which the last is held out. */
const AS_OF = 4

/** `days` of flights: more than a run reads, where later ones are to come. */
export async function aCanaryRig({ days = AS_OF - 1 }: { readonly days?: number } = {}): Promise<CanaryRig> {
  return canaryRigOf(await aFlightsRig({ days }), inject('temporalAddress'))
}

/** A rig that starts with what the other one has stored, on a Temporal server of its own perhaps. */
export async function aCopyOfCanaryRig({ project }: CanaryRig, address: string): Promise<CanaryRig> {
  const copy = await aCopyOf(project)
  await cp(join(project.root, 'flights'), join(copy.root, 'flights'), { recursive: true })
  await cp(join(project.stateFolder, 'keys'), join(copy.stateFolder, 'keys'), { recursive: true })
  return canaryRigOf(await flightsRigOf(copy, address), address)
}

async function canaryRigOf(rig: FlightsRig, address: string): Promise<CanaryRig> {
  const { project, client } = rig
  const { store, stateFolder } = project
  const keys = await trusted(join(stateFolder, 'keys'))
  const gateways: Gateway[] = []
  const pumps: ReturnType<typeof pump>[] = []
  const status = (service: string): Promise<CanaryStatus> =>
    client.workflow.getHandle(`canary:${service}`).query<CanaryStatus>('status')
  return {
    ...rig,
    keys,
    status,
    gateway: async (only, more = {}) => {
      const gateway = await startGateway({
        store: join(stateFolder, 'store'),
        keys: join(stateFolder, 'keys'),
        stateFolder: more.stateFolder ?? join(stateFolder, `gateway-${gateways.length}`),
        only: [only],
        port: 0,
        host: '127.0.0.1',
        maxSkewMillis: 1000,
        report: () => {},
      })
      gateways.push(gateway)
      return gateway
    },
    pump: (service, options = {}) => {
      const one = pump({ store, keys, service, ...options })
      pumps.push(one)
      return one
    },
    begin: async ({ cause, clock, orderer, ...options }) => {
      const prepared = await rig.compile(canaryPipeline(options))
      const started = { ...(cause && { cause }), ...(clock && { clock }), ...(orderer && { orderer }) }
      const handle = await rig.start(prepared, { ...asOfParam(AS_OF), ...started })
      await appendAppliedPlan(store.objects, prepared)
      return handle.workflowId
    },
    ended: async (run) => {
      const { outcome, results } = await resultOf(client, run)
      const last = results.at(-1)
      const found = last && (await store.results.find(last.key))
      if (found === undefined) throw new Error(`run "${run}": expected a result of its last node, got none`)
      // What a `canary` or `direct` node publishes.
      return { outcome, output: (await store.results.output(found)) as unknown as TrafficOutput }
    },
    anneal: async (...args) => {
      const { PATH, HOME } = process.env
      const own = { TEMPORAL_ADDRESS: address, ANNEAL_QUEUE: rig.queue, NO_COLOR: '1' }
      const child = spawn(NODE, [...ANNEAL, ...args], {
        cwd: project.root,
        env: { PATH, HOME, ...own },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
      return { code: code as number | null, stdout, stderr }
    },
    generations: async (service) => {
      const chain = services(store.objects)
      const numbers = Array.from({ length: await chain.head(service) }, (_, index) => index + 1)
      const read = await Promise.all(numbers.map((number) => chain.read(service, number, keys)))
      return read.flatMap((one) => ('value' in one ? [one.value] : []))
    },
    until: (service, is) =>
      eventually(`a state of the canary of "${service}"`, async () => {
        const now = await status(service).catch(() => undefined)
        return now !== undefined && is(now) ? now : undefined
      }),
    remove: async () => {
      await Promise.all(pumps.map((one) => one.stop()))
      await Promise.all(gateways.map((one) => one.close()))
      await rig.remove()
    },
  }
}

/** Says where the run is when it does not end in time. */
async function resultOf(client: Client, run: string): Promise<RunResult> {
  const handle = client.workflow.getHandle(run)
  const late = new AbortController()
  const timer = delay(PATIENCE_MILLIS, undefined, { signal: late.signal }).then(async () => {
    const children = (await handle.describe()).raw.pendingChildren ?? []
    const found = await Promise.all(
      [run, ...children.map(({ workflowId }) => workflowId ?? '')].map((id) => stateOf(client, id)),
    )
    throw new Error(`run "${run}": expected its end, got ${JSON.stringify(found)}`)
  })
  timer.catch(() => {})
  const ended = eventually(
    'the run has ended',
    async () => {
      // A server that starts does not answer yet.
      const { status } = await handle.describe().catch(() => ({ status: { name: 'RUNNING' } }))
      return status.name !== 'RUNNING'
    },
    { withinMillis: 2 * PATIENCE_MILLIS, everyMillis: 100 },
  ).then(() => handle.result() as Promise<RunResult>)
  return Promise.race([ended.finally(() => late.abort()), timer])
}

async function stateOf(client: Client, workflowId: string): Promise<unknown> {
  const handle = client.workflow.getHandle(workflowId)
  const pending = (await handle.describe()).raw.pendingActivities ?? []
  const activities = pending.map(({ activityType, attempt, lastFailure }) => [
    activityType?.name,
    attempt,
    lastFailure?.message,
  ])
  return { activities, status: await handle.query('status').catch(String) }
}

const PATIENCE_MILLIS = 100_000

/** What each generation of a service did, in a line. */
export function told(generations: readonly SignedGeneration[]): readonly string[] {
  return generations.map(({ state: { cause, stable, candidate } }) => {
    const to = candidate === null ? 'none' : `v${candidate.version} ${candidate.share / 100}%`
    return `${cause}: ${stable === null ? 'none' : `v${stable.version}`} / ${to}`
  })
}
