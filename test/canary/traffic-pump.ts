import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { ALL_TRAFFIC, type Served } from '../../store/generation.ts'
import type { OpenStore } from '../../store/open-store.ts'
import { services } from '../../store/services.ts'
import type { TrustedKeys } from '../../store/signing/dsse.ts'
import { latencyBucket, traffic, type TrafficRecord } from '../../store/traffic.ts'

/** How one side answers, by its version's number. */
export interface Behaviour {
  /** Shares of its requests. */
  readonly failed?: number
  readonly slow?: number
  /** Of predictions with an outcome: the probability that is given to what happens. Default: no outcomes. */
  readonly given?: number
}

export interface PumpOptions {
  readonly store: OpenStore
  readonly keys: TrustedKeys
  readonly service: string
  /** By version; default: all is well. */
  readonly behaviour?: Readonly<Record<number, Behaviour>>
  /** Requests each tick of a tenth of a second. Default 2000. */
  readonly requests?: number
}

/** Writes what a gateway under load would have seen, for the split that the service's newest generation asks for. */
export function pump({ store, keys, service, behaviour = {}, requests = 2000 }: PumpOptions): {
  stop: () => Promise<void>
} {
  const stopping = new AbortController()
  const gateway = `pump-${randomUUID().slice(0, 8)}`
  const running = (async () => {
    for (let n = 1; !stopping.signal.aborted; n += 1) {
      const state = await services(store.objects).current(service, keys)
      if (state !== undefined && 'value' in state) {
        const { stable, candidate, generation } = state.value.state
        const share = (candidate?.share ?? 0) / ALL_TRAFFIC
        const side = (served: Served | null, part: number): readonly TrafficRecord[] =>
          served === null || part === 0
            ? []
            : recordsOf({ ...served, generation }, Math.round(requests * part), behaviour[served.version] ?? {})
        const records = [...side(stable, 1 - share), ...side(candidate, share)]
        await traffic(store.objects).put({ service, gateway, atMillis: Date.now(), n }, records)
      }
      await delay(100, undefined, { signal: stopping.signal }).catch(() => {})
    }
  })()
  return {
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}

function recordsOf(
  { model, version, generation }: Served & { readonly generation: number },
  requests: number,
  { failed = 0, slow = 0, given }: Behaviour,
): readonly TrafficRecord[] {
  const at = Date.now()
  const failures = Math.round(requests * failed)
  const late = Math.round(requests * slow)
  const counter: TrafficRecord = {
    type: 'counter',
    second: Math.floor(at / 1000),
    generation,
    model,
    version,
    answered: requests - failures,
    failed: failures,
    refused: 0,
    latency: [
      [latencyBucket(3), requests - late],
      [latencyBucket(900), late],
    ],
  }
  return given === undefined ? [counter] : [counter, ...outcomesOf({ generation, model, version }, given)]
}

function outcomesOf(
  side: { generation: number; model: string; version: number },
  given: number,
): readonly TrafficRecord[] {
  const at = Date.now()
  return Array.from({ length: 40 }, (_, index) => index).flatMap((index): readonly TrafficRecord[] => {
    const id = randomUUID()
    const isLate = index % 2 === 0
    const probability = isLate ? given : 1 - given
    return [
      {
        type: 'prediction',
        id,
        at,
        event: '2001-01-03T12:00:00.000000Z',
        ...side,
        weight: 1,
        request: { date: '2001-01-03T12:00:00.000000Z', distance: 100, origin: 'ABC' },
        features: {},
        prediction: [1 - probability, probability],
      },
      { type: 'outcome', id, at, outcomes: { delay: isLate ? 60 : 0 } },
    ]
  })
}
