import { spanOf, type Dataset, type DatasetPart, type RowFailure } from '../../data/dataset.ts'
import type { Validation } from '../../data/validation.ts'
import { earlierBy } from '../as-of.ts'
import { dataCall } from '../data-call.ts'
import type { Engine } from '../engine.ts'
import { unknownAfter } from '../ingest.ts'
import { plain } from '../plain.ts'
import { publishValue } from '../publish-once.ts'
import { validateRecipe, type ValidateInput } from '../recipes.ts'
import { callUnit } from '../unit-call.ts'
import { deliveredParts, type Delivered, type RecentPlace, type SourceNodes } from './delivered-parts.ts'

/** What a refresh wants of one contract. Times: ISO 8601, UTC, six decimals. */
export interface RecentRequest {
  readonly nodes: SourceNodes
  /** The event time that it is: outcomes of rows too new for theirs may be missing. */
  readonly at: string
  readonly asOf: string
  /** Rows from here on are looked up. */
  readonly from: string
  /** How far before a row its windows begin. */
  readonly lookbackMillis: number
}

/** `rejected`: the rows break their contract beyond what it allows, or there are none. */
export type Recent =
  | {
      readonly state: 'read'
      readonly dataset: Dataset
      /** Rows of this time and later have their windows whole in it. */
      readonly coversFrom: string
      /** The newest row's time; it may be later than asOf. */
      readonly newest: string
    }
  | { readonly state: 'rejected'; readonly reason: string }

/**
 * The rows of those parts that reach into [from - lookback, asOf), validated as one table; bad rows are put aside as ever.
 * Lists the source, and reads parts that no run has read.
 */
export async function recentRows(engine: Engine, request: RecentRequest, place: RecentPlace): Promise<Recent> {
  const { nodes, asOf, at } = request
  const delivered = await deliveredParts(engine, { nodes, asOf }, place)
  if (delivered.state === 'refused') return rejected(nodes, delivered.failures)
  const kept = delivered.parts.filter(({ part }) => reachesInto(part, request))
  const dataset = datasetOf(nodes, kept)
  const validation = await validated(engine, { nodes, kept, dataset, at }, place)
  if (!validation.passed) return rejected(nodes, failuresOf(validation))
  const span = spanOf(validation.dataset)
  if (span === null) return rejected(nodes, [noneFrom(nodes, request)])
  const dropped = delivered.parts.filter((one) => !kept.includes(one)).map(({ part }) => part)
  const coversFrom = wholeFrom(dropped, request) ?? span.first
  return { state: 'read', dataset: validation.dataset, coversFrom, newest: span.last }
}

/** A part without rows may have unparsable ones, whose times nobody knows. */
function reachesInto({ span, rows }: DatasetPart, { from, lookbackMillis, asOf }: RecentRequest): boolean {
  if (span === null) return rows === 0
  // Equal forms, so the order of texts is that of times.
  return span.first < asOf && span.last >= earlierBy(from, lookbackMillis)
}

/** Rows after the newest one that was left out are all there; null where nothing was. */
function wholeFrom(dropped: readonly DatasetPart[], { asOf, lookbackMillis }: RecentRequest): string | null {
  const older = dropped.flatMap(({ span }) => (span !== null && span.first < asOf ? [span.last] : []))
  const last = older.toSorted().at(-1)
  return last === undefined ? null : earlierBy(last, -lookbackMillis - 1)
}

function datasetOf({ ingest }: SourceNodes, kept: readonly Delivered[]): Dataset {
  const { source, key, time, columns } = ingest.spec
  const parts = kept.map(({ part }) => part).filter(({ rows }) => rows > 0)
  const rows = parts.reduce((sum, part) => sum + part.rows, 0)
  return { source, key, time, columns, rows, parts }
}

interface Judging {
  readonly nodes: SourceNodes
  readonly kept: readonly Delivered[]
  readonly dataset: Dataset
  readonly at: string
}

async function validated(
  engine: Engine,
  { nodes: { ingest, validate, contract }, kept, dataset, at }: Judging,
  place: RecentPlace,
): Promise<Validation> {
  const { key, input } = validateRecipe({
    spec: validate.spec,
    columns: contract.columns,
    dataset,
    unparsable: unparsableOf(kept),
    unknownAfter: unknownAfter({ spec: ingest.spec, asOf: at }),
  })
  const value = await publishValue(engine, { ...place, key }, (attempt) => {
    const call = { node: place.node, key, policy: validate.policy, input: plain(input) }
    return callUnit(engine, { ...dataCall(engine, 'validate'), ...call }, attempt)
  })
  // Published by this activity: what `validateDataset` answered, with files by digest.
  return value as unknown as Validation
}

function unparsableOf(kept: readonly Delivered[]): ValidateInput['unparsable'] {
  return kept.flatMap(({ part, unparsable }) =>
    unparsable.rows > 0 ? [{ part: part.origin.name, ...unparsable }] : [],
  )
}

type Fault = Pick<RowFailure, 'part' | 'expected' | 'got'>

function failuresOf({ checks, failures }: Validation): readonly Fault[] {
  const failed = checks
    .filter(({ passed }) => !passed)
    .map(({ name, column, expected, got }) => {
      return { part: column === null ? name : `${name} of ${column}`, expected, got }
    })
  return failed.length > 0 ? failed : failures
}

function noneFrom({ ingest }: SourceNodes, { from, lookbackMillis }: RecentRequest): Fault {
  const expected = `rows from ${earlierBy(from, lookbackMillis)} on`
  return { part: ingest.spec.source, expected, got: 'none' }
}

function rejected({ ingest }: SourceNodes, [first]: readonly Fault[]): Recent {
  const { part, expected, got } = first ?? { part: 'rows', expected: 'some that keep the contract', got: 'others' }
  return { state: 'rejected', reason: `source "${ingest.spec.source}", ${part}: expected ${expected}, got ${got}` }
}
