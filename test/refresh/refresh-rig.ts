import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import type { Refreshed, RefreshRequest } from '../../activities/monitor/requests.ts'
import { canonicalJson } from '../../dsl/digest.ts'
import type { Digest } from '../../dsl/plan.ts'
import { startGateway, type Gateway } from '../../serving/gateway.ts'
import { refreshes, type SignedRefresh } from '../../store/refreshes.ts'
import { services, type SignedGeneration } from '../../store/services.ts'
import { loadSigner, trusted } from '../../store/signing/keys.ts'
import { day } from '../batch/flights.ts'
import { flightsPipeline, type FlightsPipeline } from '../batch/flights-pipeline.ts'
import { aFlightsRig, flightsRigOf, type FlightsRig, type Ran } from '../batch/flights-rig.ts'
import { aCopyOf } from '../engine/project.ts'
import { aRefresher, type Refresher } from './refresher.ts'

export const SERVICE = 'flights'
/** The model is trained as of the start of this day. */
export const TRAINED = 4

/** A service over flights that answers by a model of three days, and what refreshes it. */
export interface RefreshRig extends FlightsRig {
  readonly request: (at: number) => RefreshRequest
  /** By a process that stays warm. */
  readonly refresh: (at: number) => Promise<Refreshed>
  readonly chain: () => Promise<readonly SignedRefresh[]>
  readonly gateway: () => Promise<Gateway>
  /** What gateways reported. */
  readonly facts: Readonly<Record<string, unknown>>[]
  readonly newest: () => Promise<SignedGeneration>
  /** The next generation: the newest one with changes. */
  readonly publish: (draft: Partial<SignedGeneration['state']>) => Promise<SignedGeneration>
}

/** `trained`: the run that has put the model into service. */
export async function aRefreshRig(): Promise<{ readonly rig: RefreshRig; readonly trained: Ran }> {
  const flights = await aFlightsRig({ days: TRAINED - 1 })
  await flights.startWorker()
  const rig = refreshRigOf(flights, await orderFor(flights))
  const gateway = await rig.gateway()
  const trained = await rig.run(servedPipeline(), TRAINED)
  await gateway.close()
  return { rig, trained }
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

const MONITOR = `
  monitor: { over: '2 days', every: '1 day', consecutive: 2, drift: { hour: { psi: { atMost: 0.2 } } } },
  refresh: '1 day',`

/** The plan with a monitor is ordered, and never run. */
async function orderFor({ project, compile }: FlightsRig): Promise<Digest> {
  const { planDigest } = await compile(servedPipeline({ more: `canary: 'direct', ${MONITOR}` }))
  const order = { plan: planDigest, parameters: { asOf: day(TRAINED).start }, requestedBy: 'test' }
  return project.store.artifacts.putBytes(Buffer.from(canonicalJson(order)))
}

function refreshRigOf(flights: FlightsRig, order: Digest): RefreshRig {
  const { store, stateFolder } = flights.project
  const keys = join(stateFolder, 'keys')
  const facts: Readonly<Record<string, unknown>>[] = []
  const gateways: Gateway[] = []
  let refresher: Refresher | undefined
  const request = (at: number): RefreshRequest => ({ service: SERVICE, order, node: 'monitor', at: day(at).start })
  const newest = async (): Promise<SignedGeneration> => {
    const found = await services(store.objects).current(SERVICE, await trusted(keys))
    if (found === undefined || 'fault' in found) throw new Error('service: expected a generation, got none')
    return found.value
  }
  return {
    ...flights,
    facts,
    request,
    newest,
    refresh: (at) => (refresher ??= aRefresher(flights)).ask(request(at)),
    chain: async () => {
      const chain = refreshes(store.objects)
      const numbers = Array.from({ length: await chain.head(SERVICE) }, (_, index) => index + 1)
      const trustedKeys = await trusted(keys)
      const read = await Promise.all(numbers.map((number) => chain.read(SERVICE, number, trustedKeys)))
      return read.flatMap((one) => ('value' in one ? [one.value] : []))
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
      const { generation, previous: _, at: __, ...state } = previous.state
      const whole = { ...state, key: `test-${generation}`, ...draft }
      const published = await services(store.objects).publish(whole, { previous, signer: await loadSigner(keys) })
      if (published === 'conflict') throw new Error('generation: expected no other writer')
      return published
    },
    remove: async () => {
      await refresher?.close()
      await Promise.all(gateways.map((one) => one.close().catch(() => {})))
      await flights.remove()
    },
  }
}
