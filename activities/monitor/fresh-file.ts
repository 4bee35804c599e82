import type { RefreshedFile } from '../../features/refresh-online.ts'
import type { FreshFile } from '../../store/refresh.ts'
import { dataCall } from '../data-call.ts'
import type { Engine } from '../engine.ts'
import { inLanes } from '../in-lanes.ts'
import { plain } from '../plain.ts'
import { publishValue } from '../publish-once.ts'
import { refreshRecipe, type RefreshInput } from '../recipes.ts'
import { callUnit } from '../unit-call.ts'
import type { RecentPlace } from './delivered-parts.ts'
import { recentRows, type Recent } from './recent-rows.ts'
import type { ServedLookUps } from './served-look-ups.ts'

/** Times: ISO 8601, UTC, six decimals. */
export interface FreshRequest {
  /** The event time that it is. */
  readonly at: string
  readonly asOf: string
  /** Rows from here on are looked up. */
  readonly from: string
}

export type Fresh =
  { readonly state: 'made'; readonly file: FreshFile } | { readonly state: 'rejected'; readonly reason: string }

/** Sources that are read at once. */
const LANES = 2

/** Writes the file of the newest rows for what some versions look up. */
export async function freshFile(
  engine: Engine,
  { lookUps, request }: { readonly lookUps: ServedLookUps; readonly request: FreshRequest },
  place: RecentPlace,
): Promise<Fresh> {
  const { sources, expressions, spec } = lookUps
  const { asOf } = request
  const found = await inLanes(sources, {
    lanes: LANES,
    work: (source) => recentRows(engine, { ...request, ...source }, place),
  })
  const rejected = found.find((one) => one.state === 'rejected')
  if (rejected !== undefined) return rejected
  const read = found.filter((one) => one.state === 'read')
  const datasets = Object.fromEntries(read.map(({ dataset }) => [dataset.source, dataset]))
  const file = await written(engine, { input: { spec, asOf, datasets }, policy: lookUps.policy }, place)
  return { state: 'made', file: { expressions, file, asOf, ...reachOf(read, asOf) } }
}

interface Writing {
  readonly input: RefreshInput
  readonly policy: ServedLookUps['policy']
}

async function written(engine: Engine, { input, policy }: Writing, place: RecentPlace): Promise<string> {
  const { key } = refreshRecipe(input)
  const value = await publishValue(engine, { ...place, key }, (attempt) => {
    const call = { node: place.node, key, policy, input: plain(input) }
    return callUnit(engine, { ...dataCall(engine, 'refresh'), ...call }, attempt)
  })
  // Published by this activity: what `refreshOnline` answered, with the file by digest.
  return (value as unknown as RefreshedFile).file.$file
}

/** Of several contracts: where the last one begins to cover, and where the first one ends. */
function reachOf(
  read: readonly Extract<Recent, { readonly state: 'read' }>[],
  asOf: string,
): Pick<FreshFile, 'newest' | 'coversFrom'> {
  const ends = read.map(({ newest }) => newest)
  const starts = read.map(({ coversFrom }) => coversFrom)
  return { newest: [asOf, ...ends].toSorted()[0] ?? asOf, coversFrom: starts.toSorted().at(-1) ?? asOf }
}
