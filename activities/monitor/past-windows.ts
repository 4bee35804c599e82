import type { MonitorSpec } from '../../dsl/lifecycle/release-nodes.ts'
import type { ObjectStore } from '../../store/object-store.ts'
import { monitors, type WindowRecord } from '../../store/monitors.ts'
import type { WindowRequest } from './requests.ts'
import type { WatchedModel } from './watched-model.ts'

/** The windows before the one that is evaluated. */
export interface Chain {
  /** The oldest first, as far as any check looks back. */
  readonly windows: readonly WindowRecord[]
  readonly last: WindowRecord | undefined
}

/** Outcomes may take so many steps to be known beyond what windows look back. */
const SPARE = 64

/** Throws where the window before is not there: windows are evaluated in order. */
export async function chainBefore(
  objects: ObjectStore,
  { service, number }: Pick<WindowRequest, 'service' | 'number'>,
  spec: MonitorSpec,
): Promise<Chain> {
  const first = Math.max(1, number - lookBackOf(spec))
  const numbers = Array.from({ length: number - first }, (_, index) => first + index)
  const found = await Promise.all(numbers.map((one) => monitors(objects).read(service, one)))
  const windows = found.filter((window) => window !== undefined)
  if (windows.length === numbers.length) return { windows, last: windows.at(-1) }
  throw new Error(`monitor of "${service}": expected windows ${first} to ${number - 1} in the store, got fewer`)
}

/** In steps. Drift is held against the window before, too. */
function lookBackOf({ drift, windows, slo }: MonitorSpec): number {
  const lengths = [windows.overMillis, slo?.overMillis ?? 0, ...drift.map(({ overMillis }) => 2 * overMillis)]
  return Math.ceil(Math.max(...lengths) / windows.everyMillis) + SPARE
}

interface Maturing {
  readonly end: number
  readonly everyMillis: number
  readonly model: Pick<WatchedModel, 'outcomesKnownAfterMillis'> | null
}

/**
 * The newest step whose outcomes are all known by now, a step's length for telling them included; `undefined`: none is, or
 * it was labelled before, and what is told later does not count.
 */
export function maturedBy({ windows, last }: Chain, { end, everyMillis, model }: Maturing): WindowRecord | undefined {
  if (model === null) return undefined
  const lag = (Math.ceil(model.outcomesKnownAfterMillis / everyMillis) + 1) * everyMillis
  const window = windows.findLast((one) => Date.parse(one.end) <= end - lag)
  return window?.end === last?.labelled?.end ? undefined : window
}
