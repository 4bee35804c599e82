import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { inject } from 'vitest'
import type { Refreshed, RefreshRequest } from '../../activities/monitor/requests.ts'
import { typeScriptProgram } from '../../cli/dev/typescript-program.ts'
import { canonicalJson } from '../../dsl/digest.ts'
import type { Digest } from '../../dsl/plan.ts'
import { startGateway, type Gateway } from '../../serving/gateway.ts'
import type { Refresh } from '../../store/refresh.ts'
import { refreshes } from '../../store/refreshes.ts'
import { services, type SignedGeneration } from '../../store/services.ts'
import { loadSigner, trusted } from '../../store/signing/keys.ts'
import { day } from '../batch/flights.ts'
import { flightsPipeline, type FlightsPipeline } from '../batch/flights-pipeline.ts'
import { aFlightsRig, flightsRigOf, type FlightsRig } from '../batch/flights-rig.ts'
import { aCopyOf } from '../engine/project.ts'

export const SERVICE = 'flights'
/** The model is trained as of its start. */
export const TRAINED = 4

/** A service over flights that answers by a model of three days, and what refreshes it. */
export interface RefreshRig extends FlightsRig {
  readonly request: (at: number) => RefreshRequest
  /** Starts a worker of its own for it. Its signal, where it died. */
  readonly refresh: (at: number, env?: NodeJS.ProcessEnv) => Promise<Refreshed | NodeJS.Signals>
  readonly chain: () => Promise<readonly Refresh[]>
  readonly gateway: () => Promise<Gateway>
  /** What gateways reported. */
  readonly facts: Readonly<Record<string, unknown>>[]
  /** The next generation, as the newest one with changes. */
  readonly publish: (draft: Partial<SignedGeneration['state']>) => Promise<SignedGeneration>
  readonly newest: () => Promise<SignedGeneration>
}

const MONITOR = `monitor: { over: '2 days', every: '1 day', consecutive: 2, drift: { hour: { psi: { atMost: 0.2 } } } }, refresh: '1 day',`

export async function aRefreshRig(): Promise<RefreshRig> {
  const rig = await aFlightsRig({ days: TRAINED - 1 })
  await rig.startWorker()
  const order = await orderFor(rig)
  const refreshing = refreshRigOf(rig, order)
  const gateway = await refreshing.gateway()
  await rig.run(servedPipeline(), TRAINED)
  await gateway.close()
  return refreshing
}

/** Another one that starts with what the first one has stored, and with the same days. */
export async function aCopyOfRefreshRig({ project, request }: RefreshRig): Promise<RefreshRig> {
  const copy = await aCopyOf(project)
  await cp(join(project.root, 'flights'), join(copy.root, 'flights'), { recursive: true })
  await cp(join(project.stateFolder, 'keys'), join(copy.stateFolder, 'keys'), { recursive: true })
  return refreshRigOf(await flightsRigOf(copy), request(1).order)
}

export function servedPipeline(more: FlightsPipeline = {}): string {
  const text = flightsPipeline({ window: '3 days', rounds: 2, more: "canary: 'direct',", ...more })
  return text.replace("holdout: '2 days'", "holdout: '1 day'")
}

/** The plan with a monitor is ordered, and never run. */
async function orderFor({ project, compile }: FlightsRig): Promise<Digest> {
  const { planDigest } = await compile(servedPipeline({ more: `canary: 'direct', ${MONITOR}` }))
  const order = { plan: planDigest, parameters: { asOf: day(TRAINED).start }, requestedBy: 'test' }
  return project.store.artifacts.putBytes(Buffer.from(canonicalJson(order)))
}

function refreshRigOf(rig: FlightsRig, order: Digest): RefreshRig {
  const { project } = rig
  const { store, stateFolder } = project
  const keys = join(stateFolder, 'keys')
  const facts: Readonly<Record<string, unknown>>[] = []
  const gateways: Gateway[] = []
  const request = (at: number): RefreshRequest => ({ service: SERVICE, order, node: 'monitor', at: day(at).start })
  const newest = async (): Promise<SignedGeneration> => {
    const found = await services(store.objects).current(SERVICE, await trusted(keys))
    if (found === undefined || 'fault' in found) throw new Error('service: expected a generation, got none')
    return found.value
  }
  return {
    ...rig,
    facts,
    request,
    newest,
    refresh: (at, env) => refreshedBy(rig, { request: request(at), env }),
    chain: async () => {
      const chain = refreshes(store.objects)
      const numbers = Array.from({ length: await chain.head(SERVICE) }, (_, index) => index + 1)
      const trustedKeys = await trusted(keys)
      const read = await Promise.all(numbers.map((number) => chain.read(SERVICE, number, trustedKeys)))
      return read.flatMap((one) => ('value' in one ? [one.value.refresh] : []))
    },
    gateway: async () => {
      const gateway = await startGateway({
        store: join(stateFolder, 'store'),
        keys,
        stateFolder: join(stateFolder, `gateway-${gateways.length}`),
        only: [],
        port: 0,
        host: '127.0.0.1',
        maxSkewMillis: 1000,
        report: (fact) => facts.push(fact),
      })
      gateways.push(gateway)
      return gateway
    },
    publish: async (draft) => {
      const previous = await newest()
      const { generation: _, previous: __, at: ___, ...state } = previous.state
      const whole = { ...state, key: `test-${previous.state.generation}`, ...draft }
      const signer = await loadSigner(keys)
      const published = await services(store.objects).publish(whole, { previous, signer })
      if (published === 'conflict') throw new Error('generation: expected no other writer')
      return published
    },
    remove: async () => {
      await Promise.all(gateways.map((one) => one.close().catch(() => {})))
      await rig.remove()
    },
  }
}

interface Refreshing {
  readonly request: RefreshRequest
  readonly env: NodeJS.ProcessEnv | undefined
}

async function refreshedBy(
  { project, queue }: FlightsRig,
  { request, env }: Refreshing,
): Promise<Refreshed | NodeJS.Signals> {
  const [command, ...args] = typeScriptProgram('test/refresh/refreshing-program.ts')
  const child = spawn(command, args, {
    cwd: project.root,
    env: {
      ...process.env,
      ANNEAL_STATE_FOLDER: project.stateFolder,
      ANNEAL_QUEUE: queue,
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      ANNEAL_LEASE_MILLIS: '2000',
      ...env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stderr.on('data', (chunk: Buffer) => appendFileSync(join(project.root, 'workers.log'), chunk))
  child.stdin.end(`${JSON.stringify(request)}\n`)
  const ended = once(child, 'exit')
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) lines.push(line)
  const [code, signal] = (await ended) as [number | null, NodeJS.Signals | null]
  if (signal !== null) return signal
  if (code !== 0) throw new Error(`refresh: expected exit code 0, got ${String(code)}`)
  const { state, reason } = JSON.parse(lines.at(-1) ?? '') as Refreshed
  return { state, reason }
}
