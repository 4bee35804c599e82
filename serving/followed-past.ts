import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Digest } from '../dsl/plan.ts'
import { FeaturesError } from '../features/errors.ts'
import type { Past } from '../features/evaluate.ts'
import { microsOf } from '../features/instant.ts'
import type { OnlineFeatures } from '../features/online-store.ts'
import type { Value } from '../features/operations.ts'
import type { HistoryNode, LatestNode } from '../features/past-nodes.ts'
import type { Artifacts } from '../store/artifacts.ts'
import type { FreshFile } from '../store/refresh.ts'

export interface FollowedOptions {
  /** `onlineExpressions` of the model. */
  readonly expressions: Digest
  readonly own: OnlineFeatures
  readonly open: (path: string) => OnlineFeatures
  readonly artifacts: Artifacts
  /** Of the model's files. */
  readonly folder: string
}

interface Fresh {
  readonly file: FreshFile
  readonly path: string
  readonly features: OnlineFeatures
  /** Rows of this time and later are looked up in it. */
  readonly fromMicros: bigint
}

/**
 * What a model looks the past up in, by the row's time: its own file for rows up to where that knows, and for later ones
 * the newest file that was made since, once their windows are whole in it.
 */
export class FollowedPast implements Past {
  readonly expressions: Digest
  readonly #options: FollowedOptions
  #fresh: Fresh | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: FollowedOptions) {
    this.expressions = options.expressions
    this.#options = options
  }

  history(node: HistoryNode, entity: readonly Value[], at: bigint): number | null {
    return this.#fileFor(at).history(node, entity, at)
  }

  latest(node: LatestNode, entity: readonly Value[], at: bigint): Value {
    return this.#fileFor(at).latest(node, entity, at)
  }

  /** Up to when the past is known that rows of this time are looked up in: microseconds since 1970. */
  knownTo(at: bigint): bigint {
    const fresh = this.#fresh
    return fresh !== undefined && at >= fresh.fromMicros ? microsOf(fresh.file.newest) : this.#options.own.asOfMicros
  }

  /**
   * Opens the file beside the one that is looked up in, and takes its place. An evaluation is synchronous, so that none is
   * under way then: the old one is closed and deleted. One that knows no more than the model's own is left: false. Throws
   * `online-file`, and `StoreError`; then all stays as it was.
   */
  follow(file: FreshFile): Promise<boolean> {
    const done = this.#turn.then(() => this.#swap(file))
    this.#turn = done.catch(() => {})
    return done
  }

  async close(): Promise<void> {
    await this.#turn
    this.#fresh?.features.close()
    this.#options.own.close()
  }

  #fileFor(at: bigint): OnlineFeatures {
    const fresh = this.#fresh
    return fresh !== undefined && at >= fresh.fromMicros ? fresh.features : this.#options.own
  }

  async #swap(file: FreshFile): Promise<boolean> {
    const { artifacts, folder, open, own } = this.#options
    const isNew = this.#fresh?.file.file !== file.file && microsOf(file.newest) > own.asOfMicros
    if (!isNew) return false
    const path = join(folder, `online-features-${file.file}`)
    try {
      await artifacts.materialize(file.file, path)
      const features = openedAsOf(file, () => open(path))
      const old = this.#fresh
      this.#fresh = { file, path, features, fromMicros: later(microsOf(file.coversFrom), own.asOfMicros + 1n) }
      old?.features.close()
      // What stays of it goes with the model's folder.
      if (old !== undefined) await rm(old.path, { force: true }).catch(() => {})
      return true
    } catch (error) {
      if (this.#fresh?.path !== path) await rm(path, { force: true })
      throw error
    }
  }
}

/** What is signed of it has to be what it says of itself. */
function openedAsOf({ asOf }: FreshFile, open: () => OnlineFeatures): OnlineFeatures {
  const features = open()
  if (features.asOfMicros === microsOf(asOf)) return features
  features.close()
  throw new FeaturesError('online-file', `file of online features: expected one as of ${asOf}, got one of another time`)
}

function later(one: bigint, other: bigint): bigint {
  return one > other ? one : other
}
