import type { Digest, Json } from '../dsl/plan.ts'
import type { Artifacts } from '../store/artifacts.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { headOf, revisionKey } from '../store/revision-chain.ts'

/**
 * How far a piece of work has come, in the store, so that another attempt on another machine goes on from there:
 * `checkpoints/<first 2 hex>/<key>.<n>` names an artifact. Work that is resumable is deterministic: the n-th checkpoint is
 * the same whoever makes it, and the first writer's stays.
 */
export interface Checkpoints {
  /** The highest one; null where there is none. */
  latest(key: Digest): Promise<Json>
  /** Durable once it answers. `path` must stay as it is meanwhile. */
  keep(key: Digest, checkpoint: { readonly number: number; readonly path: string }): Promise<void>
  /** Once the result stands, none is needed. */
  drop(key: Digest): Promise<void>
}

export function checkpoints({
  objects,
  artifacts,
}: {
  readonly objects: ObjectStore
  readonly artifacts: Artifacts
}): Checkpoints {
  return {
    latest: async (key) => {
      const prefix = prefixOf(key)
      const segment = headOf(await objects.list(prefix), prefix)
      const digest = segment === 0 ? undefined : await objects.get(revisionKey(prefix, segment))
      if (digest === undefined) return null
      return { segment, file: { $file: Buffer.from(digest).toString('utf8'), name: 'checkpoint' } }
    },
    keep: async (key, { number, path }) => {
      const digest = await artifacts.putFile(path)
      await objects.putIfAbsent(revisionKey(prefixOf(key), number), Buffer.from(digest))
    },
    drop: async (key) => {
      const names = await objects.list(prefixOf(key))
      await Promise.all(names.map((name) => objects.delete(name)))
    },
  }
}

function prefixOf(key: Digest): string {
  return `checkpoints/${key.slice(0, 2)}/${key}.`
}
