import { canonicalJson } from '../dsl/digest.ts'
import type { Digest } from '../dsl/plan.ts'
import { StoreError } from './errors.ts'
import { generationSchema, sealGeneration, type Generation } from './generation.ts'
import type { ObjectStore } from './object-store.ts'
import { checkedAs, signedChains, type SignedChains, type SignedRevision } from './signed-chains.ts'
import type { Signer, TrustedKeys } from './signing/dsse.ts'
import type { Checked } from './signing/fault.ts'

/**
 * What each service answers by, as chains `services/<service>/<n>` of signed generations. Generation n names the one
 * before by its digest, so that an old state, rightly signed, cannot be put in front of a newer one.
 */
export interface Services {
  /** In code point order; one whose writer died before the first generation has none. */
  names(): Promise<readonly string[]>
  /** The newest generation's number; 0 where there is none. */
  head(service: string): Promise<number>
  /** Whether generation n is there: one look-up, for whoever polls for the next one. */
  has(service: string, generation: number): Promise<boolean>
  /** One generation as one of `keys` signed it, in its own place. Not there: a fault. */
  read(service: string, generation: number, keys: TrustedKeys): Promise<Checked<SignedGeneration>>
  /** The newest one; `undefined` where there is none. */
  current(service: string, keys: TrustedKeys): Promise<Checked<SignedGeneration> | undefined>
  /**
   * Appends the generation after `previous` (null: the first). Called again with the same `key` as the newest
   * generation's it answers that one. `conflict`: another writer was first; nothing was written.
   */
  publish(draft: GenerationDraft, options: PublishOptions): Promise<SignedGeneration | 'conflict'>
}

export interface SignedGeneration {
  readonly state: Generation
  /** Of the entry's bytes: what the next generation names. */
  readonly digest: Digest
  readonly signedBy: string
}

export type GenerationDraft = Omit<Generation, 'generation' | 'previous' | 'at'>

export interface PublishOptions {
  readonly previous: SignedGeneration | null
  readonly signer: Signer
  /** Default: now. */
  readonly at?: string
}

export function services(store: ObjectStore): Services {
  const chains = signedChains(store, {
    folder: 'services',
    noun: 'generation',
    schema: generationSchema,
    placeOf: ({ service, generation }: Generation) => ({ service, number: generation }),
  })
  return {
    names: () => chains.names(),
    head: (service) => chains.head(service),
    has: (service, generation) => chains.has(service, generation),
    read: async (service, generation, keys) => checkedAs(await chains.read(service, generation, keys), asGeneration),
    current: async (service, keys) => {
      const found = await chains.current(service, keys)
      return found && checkedAs(found, asGeneration)
    },
    publish: (draft, options) => publish(chains, { draft, ...options }),
  }
}

function asGeneration({ predicate, digest, signedBy }: SignedRevision<Generation>): SignedGeneration {
  return { state: predicate, digest, signedBy }
}

async function publish(
  chains: SignedChains<Generation>,
  { draft, previous, signer, at = new Date().toISOString() }: PublishOptions & { readonly draft: GenerationDraft },
): Promise<SignedGeneration | 'conflict'> {
  if (previous !== null && previous.state.key === draft.key) return previous
  const generation = (previous?.state.generation ?? 0) + 1
  const state: Generation = { ...draft, generation, previous: previous?.digest ?? null, at }
  refuseInvalid(state)
  const digest = await chains.append(draft.service, generation, sealGeneration(state, signer))
  return digest === undefined ? 'conflict' : { state, digest, signedBy: signer.keyId }
}

/** What is signed has to verify. */
function refuseInvalid(state: Generation): void {
  const parsed = generationSchema.shape.predicate.safeParse(JSON.parse(canonicalJson(state)))
  if (parsed.success) return
  const [issue] = parsed.error.issues
  const place = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`
  throw new StoreError(
    'service-state-invalid',
    `state of service "${state.service}": expected a whole one, got ${place}`,
  )
}
