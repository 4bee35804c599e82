import { describe, expect, it } from 'vitest'
import { digestOf } from '../../../dsl/digest.ts'
import { each, file, localFile, parameter, pipeline, task, z } from '../../../dsl/index.ts'
import type { Binding } from '../../../dsl/plan.ts'
import type { AnyStep, Step } from '../../../dsl/step.ts'
import { compiled } from './compiled.ts'

const JSON_INPUT = z.object({ value: z.json() })
const sink = task('sink', { input: JSON_INPUT, output: JSON_INPUT, run: (input) => input })
const load = task('load', {
  input: z.object({}),
  output: z.object({ rows: z.int(), folds: z.array(z.int()), parts: z.object({ train: localFile() }) }),
  run: () => ({ rows: 1, folds: [], parts: { train: { $file: 'a' } } }),
})
const loaded = load({})
const search = parameter('search', z.object({ depth: z.int(), rate: z.number() }), { depth: 1, rate: 1 })

describe('what an author gives becomes a binding', () => {
  it.each<[string, AnyStep<unknown>, Binding]>([
    ['nothing', sink({ value: null }), literal({ value: null })],
    ['a literal', sink({ value: { a: [1, 'x', true] } }), literal({ value: { a: [1, 'x', true] } })],
    ['an output', sink({ value: loaded.output.rows }), object({ from: 'output', node: 'load', path: ['rows'] })],
    [
      'a field of a field',
      sink({ value: loaded.output.parts.train }),
      object({ from: 'output', node: 'load', path: ['parts', 'train'] }),
    ],
    ['a whole parameter', sink({ value: search }), object({ from: 'parameter', name: 'search', path: [] })],
    [
      'a field of a parameter',
      sink({ value: search.depth }),
      object({ from: 'parameter', name: 'search', path: ['depth'] }),
    ],
    [
      'a file',
      sink({ value: file('data/rows.csv') }),
      object({ from: 'file', name: 'data/rows.csv', digest: digestOf('data/rows.csv') }),
    ],
    [
      'a mixture',
      sink({ value: [1, { b: { c: 2 }, a: search.rate }] }),
      object({
        from: 'list',
        items: [
          { from: 'literal', value: 1 },
          {
            from: 'object',
            fields: {
              a: { from: 'parameter', name: 'search', path: ['rate'] },
              b: { from: 'literal', value: { c: 2 } },
            },
          },
        ],
      }),
    ],
    ['a whole input', sink(sinkOutput()), { from: 'output', node: 'first', path: [] }],
  ])('%s', (_, step, binding) => {
    const node = compiled(pipeline('p', { steps: [step] })).nodes.at(-1)
    expect(node).toMatchObject({ id: 'sink', kind: 'task', spec: { input: binding } })
  })

  it('an absent optional field is left out', () => {
    const optional = z.object({ a: z.string().optional(), b: z.int() })
    const step = task('optional', { input: optional, output: optional, run: (input) => input })
    const plan = compiled(pipeline('p', { steps: [step({ a: undefined, b: 1 })] }))
    expect(plan.nodes[0]).toMatchObject({ spec: { input: { from: 'literal', value: { b: 1 } } } })
  })

  it('the element of an each is its item', () => {
    const rows = each(loaded.output.folds, (fold) => sink({ value: { fold, rows: loaded.output.rows } }))
    expect(compiled(pipeline('p', { steps: [rows] })).nodes.at(-1)).toMatchObject({
      id: 'sink',
      kind: 'each',
      needs: ['load'],
      spec: {
        over: { from: 'output', node: 'load', path: ['folds'] },
        step: {
          language: 'typescript',
          input: object({
            from: 'object',
            fields: { fold: { from: 'item', path: [] }, rows: { from: 'output', node: 'load', path: ['rows'] } },
          }),
        },
      },
    })
  })

  it.each([
    ['NaN', Number.NaN, 'step "sink": input.value: expected JSON or a reference, got NaN'],
    ['infinity', [Number.NEGATIVE_INFINITY], 'step "sink": input.value.0: expected JSON or a reference, got -Infinity'],
  ])('%s is refused where it is given', (_, value, message) => {
    expect(() => sink({ value })).toThrow(message)
  })
})

function sinkOutput(): Step<{ value: z.core.util.JSONType }>['output'] {
  return sink({ value: 1 }, { id: 'first' }).output
}

function literal(value: z.core.util.JSONType): Binding {
  return { from: 'literal', value }
}

function object(value: Binding): Binding {
  return { from: 'object', fields: { value } }
}
