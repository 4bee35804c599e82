import { z } from 'zod'
import type { ObjectStore } from './object-store.ts'
import { headOf } from './revision-chain.ts'
import type { Signer, TrustedKeys } from './signing/dsse.ts'
import { sealStatement, STATEMENT_TYPE } from './signing/statement.ts'
import { verifyStatement } from './signing/statement.ts'

const PREDICATE_TYPE = 'urn:anneal:traffic-lease:v1'

/**
 * A dead man's switch: a candidate's share holds until a time, and whoever moves the traffic puts it off again and again.
 * `leases/<service>/<generation>=<n>`, the newest only; the generation itself has the first term.
 */
export interface Leases {
  /** Signs a later end. */
  renew(lease: Lease, signer: Signer): Promise<void>
  /** The latest end that one of `keys` signed, in milliseconds since 1970; `undefined` where it was never renewed. */
  until(service: string, generation: number, keys: TrustedKeys): Promise<number | undefined>
}

export interface Lease {
  readonly service: string
  readonly generation: number
  /** Wall time, ISO 8601. */
  readonly until: string
}

const schema = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.tuple([z.strictObject({ name: z.string(), digest: z.strictObject({ sha256: z.string() }) })]),
  predicateType: z.literal(PREDICATE_TYPE),
  predicate: z.strictObject({ service: z.string(), generation: z.int(), until: z.iso.datetime() }),
})

export function leases(store: ObjectStore): Leases {
  return {
    renew: (lease, signer) => renew(store, lease, signer),
    until: async (service, generation, keys) => {
      const prefix = prefixOf(service, generation)
      const head = headOf(await store.list(prefix), prefix)
      const bytes = head === 0 ? undefined : await store.get(`${prefix}${head}`)
      if (bytes === undefined) return undefined
      const read = verifyStatement(bytes, { file: `${prefix}${head}`, keys, schema })
      if ('fault' in read) return undefined
      const { predicate } = read.value.statement
      return predicate.service === service && predicate.generation === generation
        ? Date.parse(predicate.until)
        : undefined
    },
  }
}

async function renew(store: ObjectStore, lease: Lease, signer: Signer): Promise<void> {
  const prefix = prefixOf(lease.service, lease.generation)
  const keys = await store.list(prefix)
  const next = headOf(keys, prefix) + 1
  const sha256 = '0'.repeat(64)
  const statement = {
    _type: STATEMENT_TYPE,
    subject: [{ name: `${lease.service}/${lease.generation}`, digest: { sha256 } }],
    predicateType: PREDICATE_TYPE,
    predicate: lease,
  }
  // Of racing renewals one is as good as the other.
  await store.putIfAbsent(`${prefix}${next}`, sealStatement(statement, signer), { durable: false })
  await Promise.all(keys.map((key) => store.delete(key)))
}

function prefixOf(service: string, generation: number): string {
  return `leases/${service}/${generation}=`
}
