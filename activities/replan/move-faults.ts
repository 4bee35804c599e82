import { canonicalJson } from '../../dsl/digest.ts'
import type { ContractSpec, Json, Plan, PlanNode } from '../../dsl/plan.ts'
import { MOST_SKELETON_BYTES, skeletonBytes } from '../../dsl/skeleton.ts'
import type { LoadedOrder } from '../order.ts'

export interface Move {
  readonly before: LoadedOrder
  readonly after: LoadedOrder
  /** Ids of the nodes that run or are done. */
  readonly started: readonly string[]
}

/** Why a run cannot go on by another order; empty where it can. What has started stays as it is, and so does what was approved. */
export function moveFaults(move: Move): readonly string[] {
  const { before, after, started } = move
  if (before.plan.pipeline !== after.plan.pipeline) {
    return [`pipeline: expected "${before.plan.pipeline}", got "${after.plan.pipeline}"`]
  }
  const approved = started.filter((id) => before.nodes.get(id)?.kind === 'approve')
  return [
    ...sizeFaults(after.plan),
    ...clockFaults(move),
    ...started.flatMap((id) => nodeFaults(id, move, `node "${id}" has started`)),
    ...approved.flatMap((id) => approvalFaults(id, move)),
  ]
}

function sizeFaults(plan: Plan): readonly string[] {
  const bytes = skeletonBytes(plan)
  if (bytes <= MOST_SKELETON_BYTES) return []
  return [`plan: expected ids and needs of at most ${MOST_SKELETON_BYTES} bytes, got ${bytes}`]
}

function clockFaults({ before, after }: Move): readonly string[] {
  const [was, is] = [before, after].map(({ clock, namesClock }) => canonicalJson(namesClock ? clock : null))
  return was === is ? [] : [`clock: expected the run's own, ${was}, got ${is}`]
}

/** An approval covers all that comes after it, and all that this rests on, whether or not it has started. */
function approvalFaults(approval: string, move: Move): readonly string[] {
  const { before, after, started } = move
  const following = [before, after].flatMap(({ plan }) => nodesAfter(plan, approval))
  const covered = new Set([before, after].flatMap(({ plan }) => withNeeds(plan, following)))
  return [...new Set([...before.nodes.keys(), ...after.nodes.keys()])]
    .filter((id) => covered.has(id) && !started.includes(id))
    .flatMap((id) => nodeFaults(id, move, `node "${id}" rests on the approval "${approval}", which is decided`))
}

function nodesAfter({ nodes }: Plan, id: string): readonly string[] {
  const found = new Set<string>()
  // In topological order.
  for (const node of nodes) if (node.needs.some((need) => need === id || found.has(need))) found.add(node.id)
  return [...found]
}

function withNeeds({ nodes }: Plan, ids: readonly string[]): readonly string[] {
  const found = new Set(ids)
  for (const node of nodes.toReversed()) if (found.has(node.id)) for (const need of node.needs) found.add(need)
  return [...found]
}

function nodeFaults(id: string, { before, after }: Move, why: string): readonly string[] {
  const [was, is] = [before.nodes.get(id), after.nodes.get(id)]
  if (was === undefined) return [`${why}: expected no such node, got one`]
  if (is === undefined) return [`${why}: expected it in the plan, got none`]
  if (was.kind !== is.kind) return [`${why}: expected kind ${was.kind}, got ${is.kind}`]
  return [
    ...differences(`${why}: expected it to need`, list(was.needs), list(is.needs)),
    ...(sameJson(was.spec, is.spec) ? [] : [`${why}: expected the spec that it has, got another`]),
    ...(sameJson(contractOf(was, before.plan), contractOf(is, after.plan))
      ? []
      : [`${why}: expected the contract that it reads by, got another`]),
    ...[...new Set(parametersIn(was.spec))].flatMap((name) => {
      const [value, next] = [before, after].map(({ parameters }) => shown(parameters[name]))
      return differences(`${why}: expected parameter "${name}" to be`, value ?? '', next ?? '')
    }),
  ]
}

function differences(subject: string, was: string, is: string): readonly string[] {
  return was === is ? [] : [`${subject} ${was}, got ${is}`]
}

function list(ids: readonly string[]): string {
  return ids.length === 0 ? 'nothing' : ids.map((id) => `"${id}"`).join(', ')
}

const LONGEST_SHOWN = 64

function shown(value: Json | undefined): string {
  const text = value === undefined ? 'none' : canonicalJson(value)
  return text.length <= LONGEST_SHOWN ? text : `${text.slice(0, LONGEST_SHOWN)}… of ${text.length} characters`
}

function sameJson(one: object | null, other: object | null): boolean {
  return canonicalJson(one) === canonicalJson(other)
}

/** Read beside the spec, for descriptions and PII. */
function contractOf(node: PlanNode, { operation }: Plan): ContractSpec | null {
  if (node.kind !== 'ingest' && node.kind !== 'validate') return null
  return operation.contracts.find(({ name }) => name === node.spec.source) ?? null
}

/** Names of the parameters that a spec's bindings read, wherever they stand in it. */
function parametersIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  const isParameter = 'from' in value && value.from === 'parameter' && 'name' in value
  const own = isParameter && typeof value.name === 'string' ? value.name : []
  return Object.values(value).flatMap(parametersIn).concat(own)
}
