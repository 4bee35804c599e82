import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { eventMillis } from '../../store/generation.ts'
import type { OpenStore } from '../../store/open-store.ts'
import { services } from '../../store/services.ts'
import type { TrustedKeys } from '../../store/signing/dsse.ts'
import { traffic, type TrafficRecord } from '../../store/traffic.ts'

interface Asked {
  readonly store: OpenStore
  readonly keys: TrustedKeys
  readonly service: string
}

const ROWS = 100

/** Writes, until it is stopped, what a gateway would have seen if everybody flew farther than anybody in training. */
export function farFlights({ store, keys, service }: Asked): { readonly stop: () => Promise<void> } {
  const stopping = new AbortController()
  const gateway = `far-${randomUUID().slice(0, 8)}`
  const running = (async () => {
    for (let n = 1; !stopping.signal.aborted; n += 1) {
      const now = Date.now()
      const state = await services(store.objects).current(service, keys)
      if (state !== undefined && 'value' in state && state.value.state.stable !== null) {
        const { stable, generation, clock } = state.value.state
        const event = new Date(eventMillis(clock, now)).toISOString()
        const { model, version } = stable
        const request = { date: event, distance: 9000, origin: 'ABC' }
        const features = { hour: 12, distance: 9000, origin: 'ABC' }
        const records = Array.from({ length: ROWS }, (): TrafficRecord => ({
          type: 'prediction',
          id: randomUUID(),
          at: now,
          event,
          generation,
          model,
          version,
          weight: 1,
          request,
          features,
          prediction: [0.8, 0.2],
        }))
        await traffic(store.objects).put({ service, gateway, atMillis: now, n }, records)
      }
      await delay(200, undefined, { signal: stopping.signal }).catch(() => {})
    }
  })()
  return {
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}
