import { canonicalJson } from '../dsl/digest.ts'
import type { Digest } from '../dsl/plan.ts'
import { sha256Of } from './artifacts.ts'
import { StoreError } from './errors.ts'
import { generationSchema, sealGeneration, type Generation } from './generation.ts'
import { namedChains, type NamedChains } from './named-chains.ts'
import type { ObjectStore } from './object-store.ts'
import type { Signer, TrustedKeys } from './signing/dsse.ts'
import { altered, type Checked } from './signing/fault.ts'
import { verifyStatement } from './signing/statement.ts'

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
  const chains = namedChains(store, 'services')
  return {
    names: () => chains.names(),
    head: (service) => chains.chain(service).head(),
    has: (service, generation) => store.has(chains.key(service, generation)),
    read: (service, generation, keys) => read(chains, { service, generation, keys }),
    current: async (service, keys) => {
      const generation = await chains.chain(service).head()
      return generation === 0 ? undefined : read(chains, { service, generation, keys })
    },
    publish: (draft, options) => publish(chains, { draft, ...options }),
  }
}

async function publish(
  chains: NamedChains,
  { draft, previous, signer, at = new Date().toISOString() }: PublishOptions & { readonly draft: GenerationDraft },
): Promise<SignedGeneration | 'conflict'> {
  if (previous !== null && previous.state.key === draft.key) return previous
  const generation = (previous?.state.generation ?? 0) + 1
  const state: Generation = { ...draft, generation, previous: previous?.digest ?? null, at }
  refuseInvalid(state)
  const bytes = sealGeneration(state, signer)
  if (generation === 1) await chains.announce(draft.service)
  const outcome = await chains.chain(draft.service).append(generation - 1, bytes)
  return outcome === 'conflict' ? outcome : { state, digest: sha256Of(bytes), signedBy: signer.keyId }
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

interface Place {
  readonly service: string
  readonly generation: number
  readonly keys: TrustedKeys
}

async function read(chains: NamedChains, { service, generation, keys }: Place): Promise<Checked<SignedGeneration>> {
  const file = chains.key(service, generation)
  const bytes = await chains.chain(service).read(generation)
  if (bytes === undefined) return { fault: altered(file, { expected: 'a generation', got: 'none' }) }
  const checked = verifyStatement(bytes, { file, keys, schema: generationSchema })
  if ('fault' in checked) return checked
  const { statement, keyId } = checked.value
  const state = statement.predicate
  const found = `generation ${state.generation} of "${state.service}"`
  const expected = `generation ${generation} of "${service}"`
  if (found !== expected) return { fault: altered(file, { expected, got: found }) }
  return { value: { state, digest: sha256Of(bytes), signedBy: keyId } }
}
