import type { Plan, PlanNode, StepSpec } from '../dsl/plan.ts'
import { leavesOf, type Leaf } from './plan-leaves.ts'

/** What differs in a node between the plan applied last and this one. Empty lists: nothing. */
export interface NodeChange {
  /** What may change its result, each as a phrase: `code changed`, `input.ratio: 0.2 → 0.3`. */
  readonly reasons: readonly string[]
  /** What changes only how it is run. */
  readonly policy: readonly string[]
}

/** The changes of every node of `after`, by id. Before the first run there is nothing to compare with. */
export function planChanges(before: Plan | undefined, after: Plan): ReadonlyMap<string, NodeChange> {
  const changes = new Map<string, NodeChange>()
  if (before === undefined) return changes
  const known = new Map(before.nodes.map((node) => [node.id, node]))
  for (const node of after.nodes) {
    const old = known.get(node.id)
    const own = old === undefined ? ['new node'] : specChanges(old, node, { before, after })
    const upstream = node.needs.filter((id) => (changes.get(id)?.reasons.length ?? 0) > 0)
    const reasons = own.length > 0 ? own : upstream.map((id) => `follows "${id}"`)
    changes.set(node.id, { reasons, policy: old === undefined ? [] : policyChanges(old, node) })
  }
  return changes
}

export function removedNodes(before: Plan | undefined, after: Plan): readonly string[] {
  const kept = new Set(after.nodes.map(({ id }) => id))
  return (before?.nodes ?? []).map(({ id }) => id).filter((id) => !kept.has(id))
}

interface Plans {
  readonly before: Plan
  readonly after: Plan
}

function specChanges(old: PlanNode, node: PlanNode, plans: Plans): readonly string[] {
  if (old.kind !== node.kind) return [`kind changed: ${old.kind} → ${node.kind}`]
  return [...codeChanges(old, node), ...bindingChanges(old, node, plans), ...ruleChanges(old, node)]
}

function codeChanges(old: PlanNode, node: PlanNode): readonly string[] {
  if (old.kind === 'train' && node.kind === 'train') return old.spec.code === node.spec.code ? [] : ['trainer changed']
  const [was, is] = [stepOf(old), stepOf(node)]
  if (was === undefined || is === undefined) return []
  if (was.code !== is.code || was.language !== is.language) return ['code changed']
  return schemasOf(was) === schemasOf(is) ? [] : ['schema changed']
}

function schemasOf(step: StepSpec): string {
  return step.language === 'python' ? JSON.stringify([step.script, step.inputSchema, step.outputSchema]) : ''
}

/** The code that a node runs, if it runs an author's. */
function stepOf(node: PlanNode): StepSpec | undefined {
  if (node.kind === 'task' || node.kind === 'python') return node.spec
  return node.kind === 'each' ? node.spec.step : undefined
}

function ruleChanges(old: PlanNode, node: PlanNode): readonly string[] {
  if (old.kind !== 'best' || node.kind !== 'best') return []
  const rule = ({ spec }: typeof node): string => `${spec.prefer} ${spec.metric.join('.')}`
  return rule(old) === rule(node) ? [] : [`choice: ${rule(old)} → ${rule(node)}`]
}

function bindingChanges(old: PlanNode, node: PlanNode, { before, after }: Plans): readonly string[] {
  const [was, is] = [leavesOf(old, before), leavesOf(node, after)]
  const changes: string[] = []
  /** What has come or gone as a whole is said once. */
  const whole: string[] = []
  for (const path of new Set([...was.keys(), ...is.keys()])) {
    if (isFilledEmpty(path, was, is) || isFilledEmpty(path, is, was)) continue
    if (whole.some((above) => path.startsWith(`${above}.`))) continue
    if (was.has(path) !== is.has(path)) whole.push(path)
    changes.push(...leafChange(path, was.get(path), is.get(path)))
  }
  return changes
}

type Leaves = ReadonlyMap<string, Leaf>

/** An empty list or object of one side that holds something on the other: what it holds is told. */
function isFilledEmpty(path: string, side: Leaves, other: Leaves): boolean {
  const shown = side.get(path)?.shown
  if ((shown !== '[]' && shown !== '{}') || other.has(path)) return false
  return [...other.keys()].some((below) => below.startsWith(`${path}.`))
}

function leafChange(path: string, was: Leaf | undefined, is: Leaf | undefined): readonly string[] {
  if (was?.identity === is?.identity) return []
  if (was === undefined || is === undefined) return [`${path} ${was ? 'removed' : 'added'}`]
  if (was.shown !== is.shown) return [`${path}: ${was.shown} → ${is.shown}`]
  return [is.shown === '' ? `${path} changed` : `${path}: ${is.shown} changed`]
}

const POLICY_WORDS = {
  queue: 'queue',
  attempts: 'attempts',
  backoffMillis: 'backoff',
  timeoutMillis: 'timeout',
  heartbeatMillis: 'heartbeat',
  memoryMib: 'memory',
} as const

function policyChanges(old: PlanNode, node: PlanNode): readonly string[] {
  // The table names every field of a policy, checked by `satisfies`.
  const fields = Object.keys(
    POLICY_WORDS satisfies Record<keyof PlanNode['policy'], string>,
  ) as (keyof typeof POLICY_WORDS)[]
  return fields
    .filter((field) => old.policy[field] !== node.policy[field])
    .map((field) => `${POLICY_WORDS[field]} ${amount(field, old.policy[field])} → ${amount(field, node.policy[field])}`)
}

function amount(field: string, value: number | string): string {
  if (typeof value === 'string') return value
  if (field.endsWith('Millis')) return `${value / 1000} s`
  return field.endsWith('Mib') ? `${value} MiB` : String(value)
}
