import type { RowFailure } from '../../data/dataset.ts'
import type { IngestedPart } from '../../data/source-rows.ts'
import type { ContractSpec, Json, Plan, PlanNode } from '../../dsl/plan.ts'
import type { Engine } from '../engine.ts'
import { ActivityError } from '../errors.ts'
import { inLanes } from '../in-lanes.ts'
import { ingestPartOf } from '../node-recipes.ts'
import { outputOf } from '../node-scope.ts'
import type { Publication } from '../publish-once.ts'
import { readPart, type Reading } from '../read-part.ts'
import type { IngestInput } from '../recipes.ts'
import { sourceAt } from '../source-listing.ts'
import { contractOf } from '../verdict.ts'

type NodeOf<Kind extends PlanNode['kind']> = Extract<PlanNode, { readonly kind: Kind }>

/** How a plan reads one contract's rows. */
export interface SourceNodes {
  readonly contract: ContractSpec
  readonly source: NodeOf<'source'>
  readonly ingest: NodeOf<'ingest'>
  readonly validate: NodeOf<'validate'>
  readonly parameters: Readonly<Record<string, Json>>
}

export interface RecentPlace extends Omit<Publication, 'key'> {
  readonly signal: AbortSignal
}

export type Delivered = Extract<IngestedPart, { readonly state: 'read' }>

const LANES = 4

/** Throws `node-unknown`. */
export function sourceNodes(plan: Plan, contract: string, parameters: SourceNodes['parameters']): SourceNodes {
  const named = <Kind extends 'source' | 'ingest' | 'validate'>(kind: Kind): NodeOf<Kind> => {
    const isOne = (node: PlanNode): node is NodeOf<Kind> =>
      node.kind === kind && (node as NodeOf<'source' | 'ingest' | 'validate'>).spec.source === contract
    const found = plan.nodes.find(isOne)
    if (found !== undefined) return found
    const message = `plan of "${plan.pipeline}": expected a node that does ${kind} of "${contract}", got none; compile it again`
    throw new ActivityError('node-unknown', { message, retry: false })
  }
  return {
    contract: contractOf(plan, contract),
    source: named('source'),
    ingest: named('ingest'),
    validate: named('validate'),
    parameters,
  }
}

/**
 * All parts that the source has at this moment, each as it was read once. A file that breaks its contract as a whole
 * refuses all. Throws `source-empty`, `source-outside`, `source-changed` (try again: a feed may be at it).
 */
export async function deliveredParts(
  engine: Engine,
  { nodes, asOf }: { readonly nodes: SourceNodes; readonly asOf: string },
  place: RecentPlace,
): Promise<
  | { readonly state: 'read'; readonly parts: readonly Delivered[] }
  | { readonly state: 'refused'; readonly failures: readonly RowFailure[] }
> {
  const { source, ingest, contract, parameters } = nodes
  const scope = { node: source.id, parameters, outputs: new Map<string, Json>() }
  const { input: listing } = await sourceAt({ node: source, scope }, engine)
  const { asOf: _, ...spec } = ingest.spec
  const pii = Object.fromEntries(contract.columns.map((column) => [column.name, column.pii]))
  const reading = { engine, input: { spec, asOf, pii, listing }, place, policy: ingest.policy, attempt: place }
  const work = (part: IngestInput['listing']['parts'][number]): Promise<IngestedPart> => partAt(reading, part)
  const read = await inLanes(listing.parts, { lanes: LANES, work }).catch(retried)
  const failures = read.flatMap((part) => (part.state === 'refused' ? part.failures : []))
  if (failures.length > 0) return { state: 'refused', failures }
  return { state: 'read', parts: read.flatMap((part) => (part.state === 'read' ? [part] : [])) }
}

/** Of many parts all but the newest were read before: their results are looked for in memory first. */
async function partAt(reading: Reading, part: IngestInput['listing']['parts'][number]): Promise<IngestedPart> {
  const { engine, input, place } = reading
  const { key } = ingestPartOf(input, part)
  if ((await engine.results.find(key)) === undefined) return readPart(reading, part)
  // Published by an activity that read it: what `ingestPart` answered, with files by digest.
  return (await outputOf(engine, place.node, key)) as unknown as IngestedPart
}

function retried(error: unknown): never {
  if (!(error instanceof ActivityError) || error.code !== 'source-changed') throw error
  throw new ActivityError(error.code, { message: error.message, retry: true })
}
