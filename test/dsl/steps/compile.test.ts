import { describe, expect, it } from 'vitest'
import { unitsOf } from '../../../dsl/code-units.ts'
import { compile } from '../../../dsl/compile.ts'
import { digestOf } from '../../../dsl/digest.ts'
import { best, each, file, localFile, parameter, pipeline, python, task, z } from '../../../dsl/index.ts'
import { skeletonOf } from '../../../dsl/skeleton.ts'
import type { StepPolicy } from '../../../dsl/step-policy.ts'
import type { AnyStep } from '../../../dsl/step.ts'
import { compiled } from './compiled.ts'

const NUMBER = z.object({ n: z.number() })
const NUMBERS = z.object({ list: z.array(z.number()) })
const make = task('make', { input: z.object({}), output: NUMBER, run: () => ({ n: 1 }) })
const add = task('add', { input: NUMBERS, output: NUMBER, run: ({ list }) => ({ n: list.length }) })
const fit = python('fit', {
  script: './trainers/fit.py',
  input: z.object({ data: localFile(), n: z.number(), depth: z.int().min(1).default(3) }),
  output: z.object({ auc: z.number().min(0).max(1), model: localFile() }),
})

describe('the order of nodes', () => {
  it('puts a step after what it needs, and else keeps the order in which steps are listed', () => {
    const [a, b, c] = [make({}, { id: 'a' }), make({}, { id: 'b' }), make({}, { id: 'c' })]
    const sum = add({ list: [c.output.n, a.output.n] }, { id: 'sum' })
    const plan = compiled(pipeline('p', { steps: [b, sum, a, c] }))
    expect(plan.nodes.map(({ id, needs }) => [id, ...needs])).toEqual([['b'], ['c'], ['a'], ['sum', 'c', 'a']])
    expect(plan.results).toEqual(['b', 'sum', 'a', 'c'])
  })

  it('takes in steps that are reached by reference alone, once each', () => {
    const root = make({})
    const [left, right] = [
      add({ list: [root.output.n] }, { id: 'left' }),
      add({ list: [root.output.n] }, { id: 'right' }),
    ]
    const plan = compiled(pipeline('p', { steps: [add({ list: [left.output.n, right.output.n] })] }))
    expect(plan.nodes.map(({ id, needs }) => [id, ...needs])).toEqual([
      ['make'],
      ['left', 'make'],
      ['right', 'make'],
      ['add', 'left', 'right'],
    ])
    expect(plan.results).toEqual(['add'])
  })

  it('is not bounded by the depth of the call stack', () => {
    let last = make({}, { id: 'n0' })
    for (let index = 1; index < 12_000; index += 1) last = add({ list: [last.output.n] }, { id: `n${index}` })
    const { nodes } = compiled(pipeline('p', { steps: [last] }))
    expect(nodes).toHaveLength(12_000)
    expect(nodes.at(-1)).toMatchObject({ id: 'n11999', needs: ['n11998'] })
  })
})

describe('ids', () => {
  it('come from the step, from what it runs, or from the name it is listed under', () => {
    const winner = best(
      each([1, 2], (n) => add({ list: [n] })),
      { by: 'n', prefer: 'higher' },
    )
    const steps = { chosen: winner, other: make({}), zero: make({}, { id: 'zero' }) }
    const plan = compiled(pipeline('p', { steps }))
    expect(plan.nodes.map(({ id, kind }) => `${id} ${kind}`)).toEqual([
      'add each',
      'chosen best',
      'other task',
      'zero task',
    ])
    expect(plan.results).toEqual(['chosen', 'other', 'zero'])
  })

  it('given by the pipeline are what references say', () => {
    const first = make({})
    const plan = compiled(pipeline('p', { steps: { renamed: first, sum: add({ list: [first.output.n] }) } }))
    expect(plan.nodes[1]).toMatchObject({
      needs: ['renamed'],
      spec: { input: { fields: { list: { items: [{ from: 'output', node: 'renamed', path: ['n'] }] } } } },
    })
  })
})

describe('a plan', () => {
  const share = parameter('share', z.number().min(0).max(1), 0.5)
  const seed = parameter('seed', z.int())
  const rounds = parameter('rounds', z.int().default(9))

  it('writes out every default', () => {
    const plan = compiled(pipeline('p', { steps: [make({})] }))
    expect(plan).toMatchObject({
      irVersion: 1,
      description: '',
      owner: '',
      tags: [],
      environment: 'staging',
      parameters: {},
    })
    expect(plan.nodes[0]?.policy).toEqual({
      queue: 'light',
      attempts: 3,
      backoffMillis: 1000,
      timeoutMillis: 600_000,
      heartbeatMillis: 15_000,
      memoryMib: 1024,
    })
  })

  it('says which parameters a run takes, and their defaults', () => {
    const plan = compiled(pipeline('p', { steps: [add({ list: [share, seed, rounds] })] }))
    expect(plan.parameters).toMatchObject({
      share: { schema: { type: 'number', minimum: 0, maximum: 1 }, default: 0.5 },
      rounds: { schema: { type: 'integer' }, default: 9 },
    })
    expect(plan.parameters['seed']).not.toHaveProperty('default')
  })

  it('carries a script with its schemas, under the name it has in its folder', () => {
    const node = compiled(pipeline('p', { steps: [fit({ data: file('a.csv'), n: 1 })] })).nodes[0]
    expect(node).toMatchObject({
      kind: 'python',
      spec: {
        language: 'python',
        code: digestOf('fit'),
        script: 'fit.py',
        inputSchema: { required: ['data', 'n'], properties: { depth: { type: 'integer', minimum: 1, default: 3 } } },
        outputSchema: { required: ['auc', 'model'], additionalProperties: false },
      },
    })
  })

  it('is one for two declarations that differ in the order of fields alone', () => {
    const file1 = file('a.csv')
    const one = fit({ data: file1, n: add({ list: [share] }).output.n, depth: make({}).output.n })
    const two = fit({ depth: make({}).output.n, n: add({ list: [share] }).output.n, data: file1 })
    const [left, right] = [
      pipeline('p', { steps: { a: one, b: make({}, { id: 'b' }) }, owner: 'x' }),
      pipeline('p', { owner: 'x', steps: { b: make({}, { id: 'b' }), a: two } }),
    ]
    expect(digestOf(compiled(left))).toBe(digestOf(compiled(right)))
  })

  it('is refused where a unit or a file has no digest', () => {
    const declared = pipeline('p', { steps: [fit({ data: file('a.csv'), n: 1 })] })
    const code = { fit: digestOf('fit') }
    expect(() => compile(declared, { code, files: {} })).toThrow('file "a.csv": expected a digest, got none')
    expect(() => compile(declared, { code: {}, files: { 'a.csv': digestOf(1) } })).toThrow(
      'code "fit": expected a digest',
    )
  })

  it('is refused where check finds something', () => {
    expect(() => compiled(pipeline('P', { steps: [make({})] }))).toThrow('pipeline "P": expected a name like')
  })
})

describe('the policy of a node', () => {
  it.each<[string, StepPolicy, object]>([
    ['a GPU asks for the gpu queue', { resources: { gpus: 1, cpus: 8 } }, { queue: 'gpu' }],
    ['several CPUs ask for the cpu queue', { resources: { cpus: 2 } }, { queue: 'cpu' }],
    ['one CPU is light', { resources: { cpus: 1 } }, { queue: 'light' }],
    ['much memory asks for the cpu queue', { resources: { memory: '2.5 GiB' } }, { queue: 'cpu', memoryMib: 2560 }],
    ['2 GiB is light', { resources: { memory: '2048 MiB' } }, { queue: 'light', memoryMib: 2048 }],
    [
      'times are in milliseconds',
      { timeout: '2 hours', backoff: '0 seconds', heartbeat: '1 minute', attempts: 1 },
      { timeoutMillis: 7_200_000, backoffMillis: 0, heartbeatMillis: 60_000, attempts: 1 },
    ],
  ])('%s', (_, policy, expected) => {
    const step = task('step', { input: NUMBER, output: NUMBER, run: (input) => input, ...policy })
    const single = step({ n: 1 })
    const many = each([1, 2], (n) => step({ n }), { id: 'many' })
    const plan = compiled(pipeline('p', { steps: [single, many] }))
    for (const node of plan.nodes) expect(node.policy).toMatchObject(expected)
  })

  it('changes the plan, and nothing that names a result', () => {
    const [left, right] = [stepWith({}), stepWith({ timeout: '1 day' })].map((step) =>
      compiled(pipeline('p', { steps: [step] })),
    )
    expect(digestOf(left)).not.toBe(digestOf(right))
    expect(digestOf(left?.nodes[0]?.spec)).toBe(digestOf(right?.nodes[0]?.spec))
  })
})

describe('unitsOf', () => {
  it('lists each unit and file once, those inside an each included', () => {
    const data = file('a.csv')
    const declared = pipeline('p', {
      steps: [
        each([1, 2], (n) => fit({ data, n })),
        fit({ data, n: make({}).output.n }, { id: 'again' }),
        make({}, { id: 'm' }),
      ],
    })
    const { tasks, scripts, files } = unitsOf(declared)
    expect(tasks.map(({ name }) => name)).toEqual(['make'])
    expect(scripts.map(({ name, script }) => [name, script])).toEqual([['fit', './trainers/fit.py']])
    expect(files).toEqual(['a.csv'])
  })

  it('gives a task as the module that a worker loads', () => {
    const [unit] = unitsOf(pipeline('p', { steps: [make({})] })).tasks
    expect(Object.keys(unit?.code ?? {})).toEqual(['input', 'output', 'run'])
    expect([make.input, make.output, make.run]).toEqual([unit?.code.input, unit?.code.output, unit?.code.run])
  })
})

describe('skeletonOf', () => {
  it('keeps what the workflow needs, each policy once', () => {
    const slow = task('slow', { input: NUMBER, output: NUMBER, run: (input) => input, timeout: '1 day' })
    const first = make({})
    const plan = compiled(pipeline('p', { steps: [add({ list: [slow(first.output).output.n, first.output.n] })] }))
    const defaults = {
      queue: 'light',
      attempts: 3,
      backoffMillis: 1000,
      timeoutMillis: 600_000,
      heartbeatMillis: 15_000,
    }
    expect(skeletonOf(plan)).toEqual({
      pipeline: 'p',
      policies: [defaults, { ...defaults, timeoutMillis: 86_400_000 }],
      nodes: [{ id: 'make' }, { id: 'slow', needs: [0], policy: 1 }, { id: 'add', needs: [0, 1] }],
      results: [2],
    })
  })
})

function stepWith(policy: StepPolicy): AnyStep<unknown> {
  return task('step', { input: NUMBER, output: NUMBER, run: (input) => input, ...policy })({ n: 1 })
}
