import { z } from 'zod'
import { canonicalJson } from '../dsl/digest.ts'
import { StoreError } from './errors.ts'
import { namedChains, type NamedChains } from './named-chains.ts'
import type { ObjectStore } from './object-store.ts'
import { hexDigest, readStrictJson } from './signing/strict-json.ts'

/**
 * What was read of each source, as chains `datasets/<source>/<n>`: an entry for each time that it was another dataset.
 * Unsigned: what a model was trained on stands in its provenance.
 */
export interface Datasets {
  /** Appends unless the newest entry is of the same digest; may be called again. Answers the newest entry's number. */
  record(dataset: DatasetRecord): Promise<number>
  /** Each source's newest entry, in the order of names. */
  list(): Promise<readonly NumberedDataset[]>
  /** From 1. */
  versions(source: string): Promise<readonly NumberedDataset[]>
}

const schema = z.strictObject({
  /** The contract's name. */
  source: z.string(),
  /** Of the dataset's manifest. */
  digest: hexDigest,
  rows: z.int().min(0),
  /** How many. */
  parts: z.int().min(0),
  /** Of the time column, both ends included; null without one, and of no rows. */
  span: z.strictObject({ first: z.string(), last: z.string() }).nullable(),
  /** Id of the run that found it first. */
  run: z.string(),
})

export type DatasetRecord = Readonly<z.infer<typeof schema>>

export interface NumberedDataset extends DatasetRecord {
  readonly version: number
}

export function datasets(store: ObjectStore): Datasets {
  const chains = namedChains(store, 'datasets')
  return {
    record: (dataset) => record(chains, dataset),
    list: async () => {
      const newest = (await chains.names()).map(async (source) =>
        read(chains, { source, version: await chains.chain(source).head() }),
      )
      return (await Promise.all(newest)).filter((dataset) => dataset !== undefined)
    },
    versions: async (source) => {
      const head = await chains.chain(source).head()
      const all = Array.from({ length: head }, (_, index) => read(chains, { source, version: index + 1 }))
      return (await Promise.all(all)).filter((dataset) => dataset !== undefined)
    },
  }
}

async function record(chains: NamedChains, dataset: DatasetRecord): Promise<number> {
  const { source } = dataset
  await chains.announce(source)
  while (true) {
    const head = await chains.chain(source).head()
    if ((await read(chains, { source, version: head }))?.digest === dataset.digest) return head
    const outcome = await chains.chain(source).append(head, Buffer.from(canonicalJson(dataset)))
    if (outcome === 'appended') return head + 1
  }
}

type Numbered = Pick<NumberedDataset, 'source' | 'version'>

async function read(chains: NamedChains, { source, version }: Numbered): Promise<NumberedDataset | undefined> {
  const bytes = version === 0 ? undefined : await chains.chain(source).read(version)
  if (bytes === undefined) return undefined
  const file = chains.key(source, version)
  const entry = readStrictJson(bytes, { file, schema })
  if ('value' in entry) return { ...entry.value, version }
  const { expected, got } = entry.fault
  throw new StoreError(
    'store-corrupt',
    `store object "${file}": expected ${expected}, got ${got}; restore it from a copy`,
  )
}
