import type { Digest } from '../../dsl/plan.ts'
import type { FreshFile } from '../../store/refresh.ts'
import { refreshes, type SignedRefresh } from '../../store/refreshes.ts'
import { verified } from '../canary/service-state.ts'
import type { Engine } from '../engine.ts'
import type { Fresh } from './fresh-file.ts'
import type { Refreshed } from './requests.ts'

/** One step that files are made for. */
export interface RefreshStep {
  readonly service: string
  /** Event time, ISO 8601, UTC, six decimals; as `asOf`. */
  readonly at: string
  readonly asOf: string
  /** What the service looks up by, each once. */
  readonly expressions: readonly Digest[]
  /** A refresh of a later event time than this is of before the service's clock was set back. */
  readonly latestMillis: number
  readonly by: string
}

/** Throws `store-corrupt` for one that nobody trusted signed. */
export async function newestRefresh({ objects, trustedKeys }: Engine, service: string): Promise<SignedRefresh | null> {
  const found = await refreshes(objects).current(service, await trustedKeys())
  return found === undefined ? null : verified(found)
}

/** What became of a step that the newest refresh is of, or a later one. */
export function standing(newest: SignedRefresh | null, step: RefreshStep): Refreshed | undefined {
  if (newest === null) return undefined
  const { number, at, files } = newest.refresh
  // Of one form, so the order of texts is that of times.
  if (at < step.at || Date.parse(at) > step.latestMillis) return undefined
  if (at > step.at) return { state: 'skipped', reason: `refresh ${number} is of ${at}, later than ${step.at}` }
  const isThere = (wanted: Digest): boolean =>
    files.some(({ expressions, asOf }) => expressions === wanted && asOf === step.asOf)
  return step.expressions.every(isThere) ? refreshed(newest) : undefined
}

/** `made`: one for each of the step's expressions. Nothing is published where all rows were rejected. */
export async function publishRefresh(engine: Engine, step: RefreshStep, made: readonly Fresh[]): Promise<Refreshed> {
  const fresh = made.flatMap((one) => (one.state === 'made' ? [one.file] : []))
  const rejected = made.flatMap((one) => (one.state === 'rejected' ? [one.reason] : []))
  const reason = rejected.join('; ')
  if (fresh.length === 0) return { state: 'data-rejected', reason }
  while (true) {
    const newest = await newestRefresh(engine, step.service)
    const known = standing(newest, step)
    if (known !== undefined) return known
    const published = await publish(engine, { step, fresh, newest })
    if (published === 'conflict') continue
    return rejected.length > 0 ? { state: 'data-rejected', reason } : refreshed(published)
  }
}

interface Publishing {
  readonly step: RefreshStep
  readonly fresh: readonly FreshFile[]
  readonly newest: SignedRefresh | null
}

/** Where rows were rejected the file stays that was there. */
async function publish(engine: Engine, { step, fresh, newest }: Publishing): Promise<SignedRefresh | 'conflict'> {
  const { service, at, expressions, by } = step
  const files = expressions.flatMap((wanted) => {
    const isOf = (file: FreshFile): boolean => file.expressions === wanted
    return fresh.find(isOf) ?? newest?.refresh.files.find(isOf) ?? []
  })
  const signer = await engine.signer()
  return refreshes(engine.objects).publish({ service, at, files, by }, { previous: newest, signer })
}

function refreshed({ refresh: { number, files } }: SignedRefresh): Refreshed {
  const [newest = 'none'] = files
    .map((file) => file.newest)
    .toSorted()
    .toReversed()
  return { state: 'refreshed', reason: `refresh ${number} knows rows to ${newest}` }
}
