import { z } from 'zod'
import { canonicalJson, digestOf } from '../dsl/digest.ts'
import type { Digest, Json } from '../dsl/plan.ts'
import type { Approvers } from './approvers.ts'
import { clockSchema, type Clock } from './generation.ts'
import { isSignedBy, type Signer, type TrustedKeys } from './signing/dsse.ts'
import { openStatement, sealStatement, STATEMENT_TYPE } from './signing/statement.ts'
import { hexDigest } from './signing/strict-json.ts'

const PREDICATE_TYPE = 'urn:anneal:order:v1'

/** Who orders what: a regulated run starts with it, and its orderer may not approve what comes of it. */
export interface SignedOrder {
  readonly plan: Digest
  readonly parameters: Readonly<Record<string, Json>>
  /** By which its traffic is held. */
  readonly clock: Clock
  /** An enrolled person; or what orders by itself, signed for by the installation: `schedule:<pipeline>`. */
  readonly person: string
  /** The workflow's id. */
  readonly run: string
  /** Wall time, ISO 8601. */
  readonly at: string
}

const schema = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.tuple([z.strictObject({ name: z.string(), digest: z.strictObject({ sha256: hexDigest }) })]),
  predicateType: z.literal(PREDICATE_TYPE),
  predicate: z.strictObject({
    plan: hexDigest,
    parameters: z.record(z.string(), z.json()),
    clock: clockSchema,
    person: z.string(),
    run: z.string(),
    at: z.iso.datetime(),
  }),
})

/** The DSSE envelope, as text. */
export function sealOrder(order: SignedOrder, signer: Signer): string {
  const statement = {
    _type: STATEMENT_TYPE,
    subject: [{ name: order.run, digest: { sha256: order.plan } }],
    predicateType: PREDICATE_TYPE,
    predicate: order,
  }
  return Buffer.from(sealStatement(statement, signer)).toString('utf8')
}

export interface Ordered extends Pick<SignedOrder, 'plan' | 'parameters' | 'clock' | 'run'> {
  readonly envelope: string
  readonly approvers: Approvers
  /** Of the installation. */
  readonly keys: TrustedKeys
  /** Whether keys of a demonstration count. */
  readonly demo: boolean
}

/** Who orders what a service's monitor asks for: all who may approve may approve it. */
export function monitorOf(service: string): string {
  return `monitor:${service}`
}

/** What orders runs without a person. No person can have such a name. */
const BY_ITSELF = /^(?:monitor|schedule|trigger):./

export type OrderJudgement = { readonly person: string } | { readonly expected: string; readonly got: string }

/** Who or what has ordered this run of this plan, if an enrolled person or the installation has signed that; else what is wrong. */
export function judgeOrder({ envelope, approvers, keys, demo, ...ordered }: Ordered): OrderJudgement {
  const opened = openStatement(Buffer.from(envelope), { file: 'order', schema })
  if ('fault' in opened) return { expected: opened.fault.expected, got: opened.fault.got }
  const { statement, keyId, payload, signature } = opened.value
  const { person, at: _, ...signed } = statement.predicate
  const key = keyId.slice(0, 16)
  const approver = approvers.byKeyId.get(keyId)
  const publicKey = approver?.publicKey ?? keys.get(keyId)
  if (publicKey === undefined) return { expected: 'the key of an enrolled person', got: key }
  if (!isSignedBy(publicKey, { payload, signature })) {
    return { expected: `a signature by key ${key}`, got: 'one that does not match' }
  }
  if (approver?.revoked !== undefined) return { expected: 'a key that is not revoked', got: `${key}, revoked` }
  if (approver?.demo === true && !demo) return { expected: 'a key that counts outside `anneal dev`', got: key }
  if (approver === undefined ? !BY_ITSELF.test(person) : approver.person !== person) {
    return { expected: `"${approver?.person ?? 'schedule:…'}", whose key it is`, got: `"${person}"` }
  }
  if (canonicalJson(signed) === canonicalJson(ordered)) return { person }
  return { expected: `an order of ${digestOf(ordered).slice(0, 16)}`, got: `one of ${digestOf(signed).slice(0, 16)}` }
}
