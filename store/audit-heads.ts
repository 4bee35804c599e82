import { z } from 'zod'
import { digestOf } from '../dsl/digest.ts'
import { AUDIT, audit, type Appended, type AuditLog } from './audit.ts'
import { sha256Of } from './artifacts.ts'
import { namedChains } from './named-chains.ts'
import type { ObjectStore } from './object-store.ts'
import type { Signer } from './signing/dsse.ts'
import { hexDigest } from './signing/strict-json.ts'

/** The audit chain that names the heads of all others, so that one whose newest entries were deleted is found out. */
export const ROOT = 'root'

const headSchema = z.strictObject({ chain: z.string(), number: z.int().min(1), digest: hexDigest })

export const headsSchema = z.strictObject({ heads: z.array(headSchema) })

/** The newest entry of a chain. `chain` is a key of the store: `audit/service:flight-delay`, `registry/flight-delay`. */
export type Head = Readonly<z.infer<typeof headSchema>>

/** Folders of all chains of signed entries. */
export const SIGNED_CHAINS = [AUDIT, 'registry', 'services'] as const

export interface SealOptions {
  readonly signer: Signer
  readonly by: string
  /** Default: one that reads the store anew. */
  readonly log?: AuditLog
}

/** Signs what the newest entry of every chain is; answers the entry there is where nothing has changed since. */
export async function sealHeads(
  objects: ObjectStore,
  { signer, by, log = audit(objects) }: SealOptions,
): Promise<Appended> {
  const heads = (await Promise.all(SIGNED_CHAINS.map((folder) => headsIn(objects, folder)))).flat()
  return log.append(ROOT, { key: `heads:${digestOf(heads)}`, kind: 'heads', by, body: { heads } }, signer)
}

async function headsIn(objects: ObjectStore, folder: string): Promise<readonly Head[]> {
  const chains = namedChains(objects, folder)
  const names = (await chains.names()).filter((name) => folder !== AUDIT || name !== ROOT)
  const heads = await Promise.all(
    names.map(async (name) => {
      const number = await chains.chain(name).head()
      const bytes = number === 0 ? undefined : await chains.chain(name).read(number)
      return bytes && { chain: `${folder}/${name}`, number, digest: sha256Of(bytes) }
    }),
  )
  return heads.filter((head) => head !== undefined)
}
