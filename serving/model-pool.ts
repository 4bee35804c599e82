import { canonicalJson } from '../dsl/digest.ts'
import type { Served } from '../store/generation.ts'
import type { ServedModel } from './served-model.ts'

/** A loaded version with those who use it: generations, and requests under way. It is closed when nobody does. */
export interface PooledModel {
  readonly model: ServedModel
  readonly retain: () => void
  readonly release: () => void
}

export interface ModelPool {
  /** The same version is loaded once, whichever generations name it; a rollback finds it there. The caller has to release it. */
  readonly acquire: (served: Served) => Promise<PooledModel>
  /** Settles when all that were released are closed. */
  readonly settled: () => Promise<void>
}

interface Pooled {
  readonly loading: Promise<PooledModel>
  readonly retain: () => void
}

export function modelPool(load: (served: Served) => Promise<ServedModel>): ModelPool {
  const pooled = new Map<string, Pooled>()
  const closing = new Set<Promise<void>>()

  function add(key: string, served: Served): Pooled {
    let users = 0
    const close = (model: ServedModel): void => {
      pooled.delete(key)
      const closed = model.close().finally(() => closing.delete(closed))
      closing.add(closed)
    }
    const retain = (): void => void (users += 1)
    const loading = load(served).then((model) => ({
      model,
      retain,
      release: () => {
        users -= 1
        if (users === 0) close(model)
      },
    }))
    const one = { loading, retain }
    pooled.set(key, one)
    loading.catch(() => pooled.delete(key))
    return one
  }

  return {
    acquire: (served) => {
      const { share: _, ...version } = { share: 0, ...served }
      const key = canonicalJson(version)
      const one = pooled.get(key) ?? add(key, served)
      one.retain()
      return one.loading
    },
    settled: async () => {
      while (closing.size > 0) await Promise.all(closing)
    },
  }
}
