import { z } from 'zod'
import { canonicalJson, digestOf } from '../dsl/digest.ts'
import type { Digest, Json } from '../dsl/plan.ts'
import type { Approvers } from './approvers.ts'
import { clockSchema, type Clock } from './generation.ts'
import { isSignedBy, type Signer, type TrustedKeys } from './signing/dsse.ts'
import { openStatement, sealStatement, STATEMENT_TYPE, type OpenedStatement } from './signing/statement.ts'
import { hexDigest } from './signing/strict-json.ts'

const PREDICATE_TYPE = 'urn:anneal:order:v1'

/** Who orders what: a regulated run starts with it, and its orderer may not approve what comes of it. */
export interface SignedOrder {
  readonly plan: Digest
  readonly parameters: Readonly<Record<string, Json>>
  /** By which its traffic is held. */
  readonly clock: Clock
  /** An enrolled one, or `monitorOf` the service. */
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
  /** Whose monitor may order by itself. */
  readonly service: string
  /** Of the installation: what its monitors sign by. */
  readonly keys: TrustedKeys
}

export type OrderJudgement = { readonly person: string } | { readonly expected: string; readonly got: string }

/** Who orders what a service's monitor asks for. No person has such a name, so all who may approve may approve it. */
export function monitorOf(service: string): string {
  return `monitor:${service}`
}

/**
 * Who has ordered this run of this plan, if that is what an enrolled person has signed, or this installation for the
 * service's monitor; else what is wrong.
 */
export function judgeOrder({ envelope, approvers, service, keys, ...ordered }: Ordered): OrderJudgement {
  const opened = openStatement(Buffer.from(envelope), { file: 'order', schema })
  if ('fault' in opened) return { expected: opened.fault.expected, got: opened.fault.got }
  const { person, at: _, ...signed } = opened.value.statement.predicate
  const fault = person === monitorOf(service) ? monitorFault(opened.value, keys) : personFault(opened.value, approvers)
  if (fault !== undefined) return fault
  if (canonicalJson(signed) === canonicalJson(ordered)) return { person }
  return { expected: `an order of ${digestOf(ordered).slice(0, 16)}`, got: `one of ${digestOf(signed).slice(0, 16)}` }
}

type Opened = OpenedStatement<z.infer<typeof schema>>
type Fault = Exclude<OrderJudgement, { readonly person: string }>

function personFault(opened: Opened, approvers: Approvers): Fault | undefined {
  const { keyId, statement } = opened
  const { person } = statement.predicate
  const key = shortOf(keyId)
  const approver = approvers.byKeyId.get(keyId)
  if (approver === undefined) return { expected: 'the key of an enrolled person', got: key }
  if (!isSignedBy(approver.publicKey, opened)) return forged(key)
  if (approver.revoked !== undefined) return { expected: 'a key that is not revoked', got: `${key}, revoked` }
  if (approver.person === person) return undefined
  return { expected: `"${approver.person}", whose key it is`, got: `"${person}"` }
}

function monitorFault(opened: Opened, keys: TrustedKeys): Fault | undefined {
  const key = shortOf(opened.keyId)
  const own = keys.get(opened.keyId)
  if (own === undefined) return { expected: 'a trusted key of this installation', got: key }
  return isSignedBy(own, opened) ? undefined : forged(key)
}

function forged(key: string): Fault {
  return { expected: `a signature by key ${key}`, got: 'one that does not match' }
}

function shortOf(keyId: string): string {
  return keyId.slice(0, 16)
}
