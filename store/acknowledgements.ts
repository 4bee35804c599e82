import { z } from 'zod'
import { canonicalJson } from '../dsl/digest.ts'
import type { ObjectStore } from './object-store.ts'
import { readStrictJson } from './signing/strict-json.ts'

const schema = z.strictObject({
  /** Names one gateway process for good, of `[A-Za-z0-9.:-]`. */
  gateway: z.string(),
  /** The generation that it answers by; 0 before the first one. */
  generation: z.int().min(0),
  /** A newer one that it does not load, and why. */
  refused: z.strictObject({ generation: z.int().min(1), reason: z.string() }).nullable(),
  /** `http://127.0.0.1:8080`: where smoke tests reach it. */
  address: z.string(),
  /** Wall time, ISO 8601; without a later one it counts as dead then. */
  until: z.iso.datetime(),
})

/** What one gateway says of itself. Unsigned: whoever can write here can also stop the gateway. */
export type Acknowledgement = Readonly<z.infer<typeof schema>>

/** `acknowledgements/<service>/<gateway>=<n>`, each gateway's newest. */
export interface Acknowledgements {
  /** `n`: from 1, one more at each call by this gateway; the one before is deleted. */
  put(service: string, acknowledgement: Acknowledgement, n: number): Promise<void>
  /** Of the gateways that are alive at this moment. */
  live(service: string, nowMillis: number): Promise<readonly Acknowledgement[]>
  /** Takes a gateway that stops off the list. */
  withdraw(service: string, gateway: string): Promise<void>
}

export function acknowledgements(store: ObjectStore): Acknowledgements {
  return {
    put: async (service, acknowledgement, n) => {
      const key = `${folder(service)}${acknowledgement.gateway}=`
      await store.putIfAbsent(`${key}${n}`, Buffer.from(canonicalJson(acknowledgement)), { durable: false })
      await store.delete(`${key}${n - 1}`)
    },
    live: async (service, nowMillis) => {
      const found = await Promise.all((await store.list(folder(service))).map((key) => readOne(store, key)))
      const alive = found.filter((one) => one !== undefined).filter(({ until }) => Date.parse(until) > nowMillis)
      const newest = new Map(alive.toSorted(byEnd).map((one) => [one.gateway, one]))
      return [...newest.values()]
    },
    withdraw: async (service, gateway) => {
      const keys = await store.list(`${folder(service)}${gateway}=`)
      await Promise.all(keys.map((key) => store.delete(key)))
    },
  }
}

function folder(service: string): string {
  return `acknowledgements/${service}/`
}

function byEnd(one: Acknowledgement, other: Acknowledgement): number {
  return Date.parse(one.until) - Date.parse(other.until)
}

/** One that is half-written or was just deleted is not there. */
async function readOne(store: ObjectStore, key: string): Promise<Acknowledgement | undefined> {
  const bytes = await store.get(key)
  if (bytes === undefined) return undefined
  const read = readStrictJson(bytes, { file: key, schema })
  return 'value' in read ? read.value : undefined
}
