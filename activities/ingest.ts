import type { DatasetPart } from '../data/dataset.ts'
import type { Json } from '../dsl/plan.ts'
import { earlierBy } from './as-of.ts'
import { dataCall } from './data-call.ts'
import type { Engine } from './engine.ts'
import { whileHeartbeating } from './heartbeat.ts'
import { inLanes } from './in-lanes.ts'
import { ingestAt } from './node-recipes.ts'
import { nodeAt } from './node-scope.ts'
import { plain } from './plain.ts'
import { publishOnce, publishValue } from './publish-once.ts'
import { readPart, type Reading } from './read-part.ts'
import { cutPartRecipe, type Ingested, type IngestInput } from './recipes.ts'
import type { NodeAnswer, NodeRequest } from './requests.ts'
import { callUnit } from './unit-call.ts'
import { withVerdict } from './verdict.ts'

/** Parts on their way at once: while children read two of them, the others are stored. */
const LANES = 8
/** Failures that travel in a result; the rest is counted in reports. */
const MOST_FAILURES = 100

/**
 * Reads a source's files into a dataset of Parquet parts with the rows, and the outcomes, known before asOf.
 * Reads the project folder and the store; writes a result for each file, so that what was read is not read again, in
 * this attempt, the next one or another run, and one for the dataset. Key: the listing, the columns and asOf.
 * Heartbeats without details. A file that breaks its contract as a whole is a verdict, `data-rejected`.
 * Throws `source-changed`, and the codes of the child and of StoreError.
 */
export async function ingest(engine: Engine, request: NodeRequest, run: string): Promise<NodeAnswer> {
  const at = await nodeAt(engine, request, 'ingest')
  const { pipeline, node } = at
  const { key, input } = ingestAt(at)
  const place = { pipeline, node: node.id, run }
  const answer = await whileHeartbeating((signal) =>
    publishOnce(engine, { ...place, key, signal }, (attempt) =>
      readSource({ engine, input, place, policy: node.policy, attempt }),
    ),
  )
  return withVerdict(engine, 'ingest', answer)
}

async function readSource(reading: Reading): Promise<Json> {
  const { input } = reading
  const { spec, listing } = input
  const read = await inLanes(listing.parts, { lanes: LANES, work: (part) => readPart(reading, part) })
  const failures = read.flatMap((part) => (part.state === 'refused' ? part.failures : []))
  if (failures.length > 0) return refused(failures)
  const kept = read.flatMap((one) => (one.state === 'read' && startsBefore(one.part, input.asOf) ? [one] : []))
  const parts = await inLanes(kept, { lanes: LANES, work: ({ part }) => cutPart(reading, part) })
  const rows = parts.reduce((sum, part) => sum + part.rows, 0)
  const unparsable = kept.flatMap((one) =>
    one.unparsable.rows > 0 ? [{ part: one.part.origin.name, ...one.unparsable }] : [],
  )
  if (rows + unparsable.length === 0) return refused([nothingBefore(input)])
  const { source, key, time, columns } = spec
  const dataset = { source, key, time, columns, rows, parts: parts.filter((part) => part.rows > 0) }
  return plain({ state: 'read', dataset, unparsable, unknownAfter: unknownAfter(input) } satisfies Ingested)
}

function refused(failures: readonly { readonly part: string }[]): Json {
  return plain({ state: 'refused', failures: failures.slice(0, MOST_FAILURES) })
}

function nothingBefore({ spec, asOf }: IngestInput): Extract<Ingested, { state: 'refused' }>['failures'][number] {
  const expected = asOf === null ? 'at least one row' : `a row before ${asOf}`
  return { part: `source "${spec.source}"`, row: null, column: spec.time, expected, got: 'none' }
}

function startsBefore({ span, rows }: DatasetPart, asOf: string | null): boolean {
  // Equal forms, so the order of texts is that of times. A part without rows may have unparsable ones.
  return rows === 0 || span === null || asOf === null || span.first < asOf
}

/** Outcomes of rows after this are not known before asOf; null where there is no asOf, or nothing to wait for. */
export function unknownAfter({ spec, asOf }: Pick<IngestInput, 'spec' | 'asOf'>): string | null {
  const waits = spec.outcomesKnownAfterMillis > 0 && spec.columns.some(({ outcome }) => outcome)
  return asOf !== null && waits ? earlierBy(asOf, spec.outcomesKnownAfterMillis) : null
}

/** Rows of asOf and later do not exist yet, nor do outcomes that are known from then on only. */
async function cutPart({ engine, input, place, policy, attempt }: Reading, part: DatasetPart): Promise<DatasetPart> {
  const { asOf, spec } = input
  const [time, last] = [spec.time, part.span?.last]
  if (asOf === null || time === null || last === undefined) return part
  const known = unknownAfter(input) ?? asOf
  if (last < asOf && last <= known) return part
  const outcomes = spec.columns.flatMap(({ name, outcome }) => (outcome ? [name] : []))
  const { key, input: made } = cutPartRecipe({ part, time, asOf, outcomes, unknownAfter: known })
  const value = await publishValue(engine, { ...place, key, signal: attempt.signal }, (inner) =>
    callUnit(engine, { ...dataCall(engine, 'cut-part'), node: place.node, key, policy, input: plain(made) }, inner),
  )
  // Published by this activity: what `cutPart` answered.
  return value as unknown as DatasetPart
}
