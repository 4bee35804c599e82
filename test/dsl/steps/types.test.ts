/* oxlint-disable vitest/expect-expect -- the compiler judges what is refused here: see @ts-expect-error */
/* oxlint-disable typescript/no-unsafe-assignment, typescript/no-unsafe-return -- what is refused has no type */
import { describe, expect, expectTypeOf, it } from 'vitest'
import {
  best,
  each,
  file,
  type LocalFile,
  localFile,
  parameter,
  pipeline,
  python,
  type Ref,
  type Script,
  type Step,
  task,
  type Task,
  z,
} from '../../../dsl/index.ts'

const split = task('split', {
  input: z.object({ data: localFile(), share: z.number().min(0).max(1), seed: z.int().default(7) }),
  output: z.object({
    rows: z.int(),
    kind: z.enum(['time', 'hash']),
    source: z.string().nullable(),
    note: z.string().optional(),
    folds: z.array(z.object({ first: z.int(), last: z.int() })),
    parts: z.object({ train: localFile(), holdout: localFile() }),
  }),
  run: ({ seed }) => ({
    rows: seed,
    kind: 'time',
    source: null,
    folds: [],
    parts: { train: { $file: 'a' }, holdout: { $file: 'b' } },
  }),
})
const fit = python('fit', {
  script: 'fit.py',
  input: z.object({ data: localFile(), depth: z.int(), kind: z.enum(['time', 'hash', 'none']).optional() }),
  output: z.object({ auc: z.number(), rows: z.int(), name: z.string(), calibrated: z.number().nullable() }),
})
const parts = split({ data: file('rows.csv'), share: 0.8 })
const { train } = parts.output.parts

describe('task', () => {
  it('is typed by what its schemas take in and give out', () => {
    const half = task('half', {
      input: z.object({ n: z.number().default(1) }),
      output: z.object({ n: z.string().transform(Number) }),
      run: ({ n }) => ({ n: String(n / 2) }),
    })
    expectTypeOf(half).toEqualTypeOf<Task<{ n?: number | undefined }, { n: number }>>()
    expectTypeOf(parts.output.rows).toEqualTypeOf<Ref<number>>()
    expectTypeOf(parts.output.kind).toEqualTypeOf<Ref<'time' | 'hash'>>()
    expectTypeOf(parts.output.source).toEqualTypeOf<Ref<string | null>>()
    expectTypeOf(train).toEqualTypeOf<Ref<LocalFile>>()
  })

  it('gives run what the schema makes of the input', () => {
    task('at', {
      input: z.object({
        at: z.codec(z.iso.datetime(), z.date(), { decode: (text) => new Date(text), encode: String }),
      }),
      output: z.object({ hour: z.int() }),
      run: (input) => {
        expectTypeOf(input).toEqualTypeOf<{ at: Date }>()
        return { hour: input.at.getUTCHours() }
      },
    })
  })

  it('refuses what a run returns if the output schema would not take it', () => {
    const input = z.object({ n: z.number() })
    const output = z.object({ kind: z.enum(['time', 'hash']) })
    task('a', { input, output, run: async () => ({ kind: 'hash' }) })
    // @ts-expect-error 'none' is no kind
    task('a', { input, output, run: ({ n }) => ({ kind: n > 1 ? 'none' : 'hash' }) })
    // @ts-expect-error a promise of the wrong kind
    task('a', { input, output, run: async () => ({ kind: 'none' }) })
    // @ts-expect-error the input has no m
    task('a', { input, output, run: ({ m }) => ({ kind: m }) })
  })

  it('refuses schemas whose values cannot travel as JSON', () => {
    const fine = z.object({ at: z.iso.datetime(), more: z.json(), tags: z.record(z.string(), z.boolean().optional()) })
    task('a', { input: fine, output: fine, run: (input) => input })
    // @ts-expect-error a date would arrive as a string
    task('a', { input: z.object({ at: z.date() }), output: fine, run: () => ({ at: '', more: 1, tags: {} }) })
    // @ts-expect-error JSON has no bigint
    task('a', { input: fine, output: z.object({ n: z.bigint() }), run: () => ({ n: 1n }) })
    // @ts-expect-error unknown may be anything
    python('a', { script: 'a.py', input: z.object({ n: z.unknown() }), output: fine })
  })

  it('refuses durations and sizes without a unit', () => {
    const input = z.object({})
    // @ts-expect-error 'parsecs' is no unit of time
    python('a', { script: 'a.py', input, output: input, timeout: '3 parsecs' })
    // @ts-expect-error a number has no unit
    python('a', { script: 'a.py', input, output: input, resources: { memory: 4 } })
  })
})

describe('a binding', () => {
  it('takes values, references and mixtures of the right type', () => {
    expectTypeOf(fit({ data: train, depth: 3 })).toEqualTypeOf<
      Step<{ auc: number; rows: number; name: string; calibrated: number | null }>
    >()
    fit({ data: train, depth: parts.output.rows, kind: parts.output.kind })
    const nested = task('nested', {
      input: z.object({ list: z.array(z.number()), any: z.json(), map: z.record(z.string(), z.number()) }),
      output: z.object({}),
      run: () => ({}),
    })
    const { rows, folds } = parts.output
    nested({ list: [1, rows], any: { deep: [rows, 'x', { folds }] }, map: { rows } })
  })

  it('takes a whole record for a record with the same fields', () => {
    const fold = z.object({ first: z.int(), last: z.int() })
    const widen = task('widen', { input: fold, output: fold, run: (input) => input })
    widen(widen({ first: 1, last: 2 }).output)
    // @ts-expect-error a fit has neither first nor last
    widen(fit({ data: train, depth: 3 }).output)
  })

  it('refuses a reference of another type', () => {
    const annotate = task('annotate', {
      input: z.object({ note: z.string().optional() }),
      output: z.object({}),
      run: () => ({}),
    })
    // @ts-expect-error the kind is a string
    fit({ data: train, depth: parts.output.kind })
    // @ts-expect-error the source may be null
    fit({ data: train, depth: 1, kind: parts.output.source })
    // @ts-expect-error the note may be absent, and the node that reads it would then fail
    annotate({ note: parts.output.note })
    // @ts-expect-error a path is not a file; file() packs one
    fit({ data: 'rows.csv', depth: 1 })
    // @ts-expect-error a file of the author's machine does not travel; file() packs it
    const loose = () => fit({ data: { $file: 'rows.csv' }, depth: 1 })
    expect(loose).toThrow(`step "fit": input.data: expected JSON or a reference, got an object with $file`)
    // @ts-expect-error a step is not its output
    const step = () => fit({ data: train, depth: fit({ data: train, depth: 1 }) })
    expect(step).toThrow('step "fit": input.depth: expected JSON or a reference, got a step; write its .output')
  })

  it('refuses missing, misspelled and mistyped fields', () => {
    // @ts-expect-error depth is missing
    fit({ data: train })
    // @ts-expect-error the field is depth
    fit({ data: train, dept: 3 })
    // @ts-expect-error depth is a number
    fit({ data: train, depth: '3' })
    // @ts-expect-error the field is rows
    fit({ data: train, depth: parts.output.row })
  })

  it('refuses use before a run, where a reference has no value', () => {
    const { rows, folds } = parts.output
    // @ts-expect-error no arithmetic
    expect(() => rows + 1).toThrow('output of step "split".rows: expected no use before a run, got its value used')
    // @ts-expect-error no comparison
    expect(() => rows > 1).toThrow('got its value used in an expression')
    // @ts-expect-error no loop
    expect(() => [...folds]).toThrow('output of step "split".folds: expected no use before a run, got a loop over it')
    expect(() => ({ ...parts.output })).toThrow('got its fields spread or listed')
  })
})

describe('each', () => {
  it('hands over one element and gives the list of outputs', () => {
    const folds = each(parts.output.folds, (fold) => {
      expectTypeOf(fold.first).toEqualTypeOf<Ref<number>>()
      return fit({ data: train, depth: fold.first })
    })
    expectTypeOf(folds).toEqualTypeOf<Step<{ auc: number; rows: number; name: string; calibrated: number | null }[]>>()
  })

  it('goes over literal lists, keeping their literals', () => {
    const grid = [
      { depth: 2, kind: 'time' },
      { depth: parts.output.rows, kind: parts.output.kind },
    ] as const
    each(grid, (point) => fit({ data: train, depth: point.depth, kind: point.kind }))
    each([{ depth: 2, kind: 'time' }], (point) => fit({ data: train, depth: point.depth, kind: point.kind }))
    each([2, parts.output.rows], (depth) => fit({ data: train, depth }))
    each(['time', 'hash'], (kind) => fit({ data: train, depth: 1, kind }))
    // @ts-expect-error 'other' is no kind
    each(['time', 'other'], (kind) => fit({ data: train, depth: 1, kind }))
  })

  it('refuses what is no list', () => {
    // @ts-expect-error rows is a number
    each(parts.output.rows, () => fit({ data: train, depth: 1 }))
  })
})

describe('best', () => {
  it('chooses among steps or the outputs of an each', () => {
    const candidates = each([1, 2], (depth) => fit({ data: train, depth }))
    const winner = best(candidates, { by: 'auc', prefer: 'higher' })
    expectTypeOf(winner).toEqualTypeOf<Step<{ auc: number; rows: number; name: string; calibrated: number | null }>>()
    best([fit({ data: train, depth: 1 }), fit({ data: train, depth: 2 })], { by: 'rows', prefer: 'lower' })
  })

  it('refuses what cannot be ranked', () => {
    const candidates = each([1, 2], (depth) => fit({ data: train, depth }))
    // @ts-expect-error a name is no number
    best(candidates, { by: 'name', prefer: 'higher' })
    // @ts-expect-error a metric that may be null ranks nothing
    best(candidates, { by: 'calibrated', prefer: 'higher' })
    // @ts-expect-error there is no such field
    best(candidates, { by: 'acu', prefer: 'higher' })
    // @ts-expect-error the author decides what is better
    best(candidates, { by: 'auc' })
    // @ts-expect-error a split has no auc
    best([fit({ data: train, depth: 1 }), parts], { by: 'auc', prefer: 'higher' })
    // @ts-expect-error one step makes one output
    best(fit({ data: train, depth: 1 }), { by: 'auc', prefer: 'higher' })
  })
})

describe('parameter, python and pipeline', () => {
  it('types a parameter by its schema and checks its default', () => {
    const search = parameter('search', z.object({ depth: z.int(), rate: z.number() }), { depth: 3, rate: 0.1 })
    expectTypeOf(search.depth).toEqualTypeOf<Ref<number>>()
    // @ts-expect-error the default is no number
    parameter('depth', z.int(), 'three')
    // @ts-expect-error a date cannot travel
    parameter('at', z.date())
  })

  it('types a script by its schemas', () => {
    const half = python('half', {
      script: 'half.py',
      input: z.object({ n: z.int() }),
      output: z.object({ n: z.number() }),
    })
    expectTypeOf(half).toEqualTypeOf<Script<{ n: number }, { n: number }>>()
    // @ts-expect-error a script is a path
    python('a', { input: z.object({}), output: z.object({}) })
  })

  it('takes steps, not what makes them or what they make', () => {
    pipeline('a', { steps: [parts] })
    pipeline('a', { steps: { parts, other: fit({ data: train, depth: 1 }) } })
    // @ts-expect-error a task is called to make a step
    pipeline('a', { steps: [split] })
    // @ts-expect-error the output is part of the step
    pipeline('a', { steps: [parts.output] })
  })
})
