import { expect, it } from 'vitest'
import { moveFaults } from '../../activities/replan/move-faults.ts'
import { LIVE, type LoadedOrder } from '../../activities/order.ts'
import type { Binding, ContractSpec, Json, Plan, PlanNode } from '../../dsl/plan.ts'

const POLICY = {
  queue: 'light',
  attempts: 1,
  backoffMillis: 0,
  timeoutMillis: 1,
  heartbeatMillis: 1,
  memoryMib: 1,
} as const

function step(id: string, needs: readonly string[] = [], input: Binding = { from: 'literal', value: 1 }): PlanNode {
  return { id, kind: 'task', needs, spec: { language: 'typescript', code: 'c', input }, policy: POLICY }
}

function approve(id: string, needs: readonly string[]): PlanNode {
  const rules = { roles: ['risk'], quorum: 1, withinMillis: 1, commentRequired: false, separation: 'person' } as const
  return { id, kind: 'approve', needs, spec: { service: 's', ...rules }, policy: POLICY }
}

function validate(id: string): PlanNode {
  const spec = { source: 'flights', schema: {}, key: 'row', columns: [], quarantineAtMost: 0 } as const
  return { id, kind: 'validate', needs: [], spec, policy: POLICY }
}

interface Given {
  readonly parameters?: Readonly<Record<string, Json>>
  /** Description of the contract. */
  readonly contract?: string
  readonly changes?: Partial<LoadedOrder>
}

function order(nodes: readonly PlanNode[], { parameters = {}, contract = '', changes = {} }: Given = {}): LoadedOrder {
  const spec = { name: 'flights', key: 'row', time: null, outcomesKnownAfterMillis: 0, columns: [] } as const
  const contracts: readonly ContractSpec[] = [{ ...spec, schema: { description: contract } }]
  const plan: Plan = {
    irVersion: 1,
    pipeline: 'p',
    description: '',
    owner: '',
    tags: [],
    environment: 'staging',
    parameters: {},
    nodes,
    results: [],
    operation: { schedule: null, triggers: {}, retention: null, costCap: null, contracts },
  }
  const known = new Map(nodes.map((node) => [node.id, node]))
  return { planDigest: '', plan, nodes: known, parameters, clock: LIVE, namesClock: false, ...changes }
}

const SIZE: Binding = { from: 'object', fields: { n: { from: 'parameter', name: 'size', path: [] } } }
const released = [step('a'), approve('ok', ['a']), step('b'), step('go', ['ok', 'b']), step('other')]
const without = (id: string): readonly PlanNode[] => released.filter((node) => node.id !== id)
const other = (id: string, node: PlanNode): readonly PlanNode[] => released.map((one) => (one.id === id ? node : one))
const CHANGED: Binding = { from: 'literal', value: 2 }
const APPROVED = 'rests on the approval "ok", which is decided: expected'

it.each<readonly [what: string, before: LoadedOrder, after: LoadedOrder, started: string, faults: readonly string[]]>([
  ['nothing', order([step('a')]), order([step('a')]), 'a', []],
  ['what has not started', order([step('a'), step('b')]), order([step('a'), step('c')]), 'a', []],
  [
    'only how a node is run',
    order([step('a')]),
    order([{ ...step('a'), policy: { ...POLICY, timeoutMillis: 9 } }]),
    'a',
    [],
  ],
  [
    'a parameter that nothing has read',
    order([step('a'), step('b', [], SIZE)], { parameters: { size: 1 } }),
    order([step('a'), step('b', [], SIZE)], { parameters: { size: 2 } }),
    'a',
    [],
  ],
  [
    'a parameter deep in an input',
    order([step('a', [], SIZE)], { parameters: { size: 1 } }),
    order([step('a', [], SIZE)], { parameters: {} }),
    'a',
    ['node "a" has started: expected parameter "size" to be 1, got none'],
  ],
  [
    'the contract that was checked',
    order([validate('v')]),
    order([validate('v')], { contract: 'other' }),
    'v',
    ['node "v" has started: expected the contract that it reads by, got another'],
  ],
  [
    'the kind',
    order([step('a')]),
    order([validate('a')]),
    'a',
    ['node "a" has started: expected kind task, got validate'],
  ],
  [
    'the clock',
    order([step('a')]),
    order([step('a')], { changes: { namesClock: true } }),
    'a',
    [expect.stringMatching(/^clock: expected the run's own, null, got \{/) as string],
  ],
  [
    'more ids than a run’s input holds',
    order([step('a')]),
    order([step('a'), step('b'.repeat(64_600))]),
    'a',
    [expect.stringMatching(/^plan: expected ids and needs of at most 64512 bytes, got 64\d\d\d$/) as string],
  ],
  ['beside an approval', order(released), order(without('other')), 'a ok', []],
  [
    'what comes after an approval',
    order(released),
    order(other('go', step('go', ['ok', 'b'], CHANGED))),
    'a ok',
    [`node "go" ${APPROVED} the spec that it has, got another`],
  ],
  ['that it goes', order(released), order(without('go')), 'a ok', [`node "go" ${APPROVED} it in the plan, got none`]],
  [
    'that it rests on',
    order(released),
    order(other('b', step('b', [], CHANGED))),
    'a ok',
    [`node "b" ${APPROVED} the spec that it has, got another`],
  ],
  [
    'that another one comes',
    order(released),
    order([...released, step('late', ['go'])]),
    'a ok',
    [`node "late" ${APPROVED} no such node, got one`],
  ],
  ['any of it while the approval is open', order(released), order(without('go')), 'a', []],
])('a move that changes %s', (_, before, after, started, faults) => {
  expect(moveFaults({ before, after, started: started.split(' ') })).toEqual(faults)
})
