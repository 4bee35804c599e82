import type { Digest } from '../dsl/plan.ts'
import { AUDIT } from './audit.ts'
import { openEntry, type KeptEntry } from './audit-chain.ts'
import { headsSchema, ROOT, type Head } from './audit-heads.ts'
import { sha256Of } from './artifacts.ts'
import { namedChains } from './named-chains.ts'
import type { ObjectStore } from './object-store.ts'
import type { TrustedKeys } from './signing/dsse.ts'
import { altered, type Fault } from './signing/fault.ts'
import { signatureFault } from './signing/statement.ts'

/** One chain of the store: `audit/service:flight-delay`, `registry/flight-delay`. */
export interface ChainCheck {
  readonly chain: string
  /** How many there are; of chains other than audit chains, how many heads were compared. */
  readonly entries: number
  readonly faults: readonly Fault[]
}

export interface AuditVerification {
  readonly keys: TrustedKeys
  /** An entry of the root chain that was kept elsewhere: it has to be there still. */
  readonly head?: RootHead
}

export interface RootHead {
  readonly number: number
  readonly digest: Digest
}

/**
 * Every entry of every audit chain: signature, number, link, place; and every head that the root chain names, of
 * audit, registry and service chains: still there, with the same digest. Reads the store anew. What it cannot see is
 * that the root chain's own newest entries were deleted: for that it needs a head kept elsewhere.
 */
export async function verifyAudit(
  objects: ObjectStore,
  { keys, head }: AuditVerification,
): Promise<readonly ChainCheck[]> {
  const root = await walked(objects, { name: ROOT, keys })
  const heads = namedHeads(root.sound)
  const others = [...new Set([...(await namedChains(objects, AUDIT).names()), ...auditNamesIn(heads)])]
  const walks = others.filter((name) => name !== ROOT).map((name) => walked(objects, { name, keys }))
  const checks = [root, ...(await Promise.all(walks))].map(({ chain, entries, faults }) => ({ chain, entries, faults }))
  const missing = await headChecks(objects, heads)
  const given = head === undefined ? [] : [{ chain: `${AUDIT}/${ROOT}`, ...head, namedBy: 'the head given' }]
  const kept = await headChecks(objects, given)
  return merged([...checks, ...missing, ...kept])
}

/** Entries of one chain that the root chain has named and that are gone or others: its newest were deleted. */
export async function missingHeads(
  objects: ObjectStore,
  { keys, chain }: { readonly keys: TrustedKeys; readonly chain: string },
): Promise<readonly Fault[]> {
  const { sound } = await walked(objects, { name: ROOT, keys })
  const heads = namedHeads(sound).filter((head) => head.chain === chain)
  return (await headChecks(objects, heads)).flatMap(({ faults }) => faults)
}

/** Chains of a folder that the root chain names, whether or not anything is left of them. */
export async function chainsOnceSealed(
  objects: ObjectStore,
  { keys, folder }: { readonly keys: TrustedKeys; readonly folder: string },
): Promise<readonly string[]> {
  const { sound } = await walked(objects, { name: ROOT, keys })
  const names = namedHeads(sound).map(({ chain }) => chain.split('/', 2))
  return [...new Set(names.flatMap(([found, name]) => (found === folder && name !== undefined ? [name] : [])))]
}

interface Walked extends ChainCheck {
  /** Those without fault. */
  readonly sound: readonly KeptEntry[]
}

async function walked(
  objects: ObjectStore,
  { name, keys }: { readonly name: string; readonly keys: TrustedKeys },
): Promise<Walked> {
  const chains = namedChains(objects, AUDIT)
  const head = await chains.chain(name).head()
  const [faults, sound]: [Fault[], KeptEntry[]] = [[], []]
  let previous: Digest | undefined
  for (let number = 1; number <= head; number += 1) {
    const file = chains.key(name, number)
    const bytes = await chains.chain(name).read(number)
    const opened = openEntry(bytes, { file, name, number, previous })
    const fault = 'fault' in opened ? opened.fault : signatureFault(file, { ...opened.value, keys })
    if (fault !== undefined) faults.push({ ...fault, remedy: REMEDY })
    else if ('value' in opened) sound.push(opened.value)
    previous = bytes === undefined ? undefined : sha256Of(bytes)
  }
  return { chain: `${AUDIT}/${name}`, entries: head, faults, sound }
}

const REMEDY = 'find out who can write to the store, and restore it from a copy'

interface NamedHead extends Head {
  readonly namedBy: string
}

/** Each head once, however many entries of the root chain name it. */
function namedHeads(root: readonly KeptEntry[]): readonly NamedHead[] {
  const heads = root.flatMap(({ entry, file }) => {
    const body = headsSchema.safeParse(entry.body)
    return body.success
      ? body.data.heads.map(({ chain, number, digest }) => ({ chain, number, digest, namedBy: file }))
      : []
  })
  return [...new Map(heads.toReversed().map((head) => [`${head.chain}/${head.number} ${head.digest}`, head])).values()]
}

function auditNamesIn(heads: readonly Head[]): readonly string[] {
  return heads.flatMap(({ chain }) => (chain.startsWith(`${AUDIT}/`) ? [chain.slice(AUDIT.length + 1)] : []))
}

async function headChecks(objects: ObjectStore, heads: readonly NamedHead[]): Promise<readonly ChainCheck[]> {
  return Promise.all(
    heads.map(async ({ chain, number, digest, namedBy }) => {
      const file = `${chain}/${number}`
      const bytes = await objects.get(file)
      const got = bytes === undefined ? 'none' : sha256Of(bytes)
      const fault = { ...altered(file, { expected: `${digest}, named by ${namedBy}`, got }), remedy: REMEDY }
      return { chain, entries: 0, faults: got === digest ? [] : [fault] }
    }),
  )
}

/** One check a chain, in code point order. */
function merged(checks: readonly ChainCheck[]): readonly ChainCheck[] {
  const byChain = new Map<string, ChainCheck>()
  for (const { chain, entries, faults } of checks) {
    const known = byChain.get(chain) ?? { entries: 0, faults: [] }
    byChain.set(chain, { chain, entries: known.entries + entries, faults: [...known.faults, ...faults] })
  }
  return [...byChain.values()].toSorted((one, other) => (one.chain < other.chain ? -1 : 1))
}
