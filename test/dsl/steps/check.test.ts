import { describe, expect, it } from 'vitest'
import { check } from '../../../dsl/check.ts'
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
  task,
  z,
} from '../../../dsl/index.ts'
import type { Pipeline } from '../../../dsl/pipeline.ts'
import type { StepPolicy } from '../../../dsl/step-policy.ts'
import type { AnyStep } from '../../../dsl/step.ts'

const NUMBER = z.object({ n: z.number() })
const NUMBERS = z.object({ list: z.array(z.number()) })
const TEXT = z.object({ text: z.string() })
const NAME = '^[a-z][a-z0-9-]*$'
const copy = task('copy', { input: NUMBER, output: NUMBER, run: (input) => input })
const list = task('list', { input: NUMBER, output: NUMBERS, run: ({ n }) => ({ list: [n] }) })
const read = task('read', { input: z.object({ data: localFile() }), output: NUMBER, run: () => ({ n: 1 }) })

describe('check', () => {
  it('finds nothing in a pipeline that is well', () => {
    const n = parameter('learning_rate', z.number().min(0), 0.1)
    const candidates = each(list({ n }).output.list, (item) => copy({ n: item }))
    expect(check(of(best(candidates, { by: 'n', prefer: 'lower' })))).toEqual([])
  })

  it('gives an issue its rule, place, message and remedy', () => {
    expect(check(of(best([copy({ n: 1 })], { by: 'n', prefer: 'lower', id: 'top' })))).toEqual([
      {
        rule: 'candidates',
        place: 'step "top"',
        message: 'expected at least two candidates, got 1',
        remedy: 'use the step itself',
      },
    ])
  })

  it('finds all that is wrong at once', () => {
    const rules = check(pipeline('P', { steps: [best([copy({ n: 1 })], { by: 'n', prefer: 'lower', id: 'B' })] })).map(
      (one) => one.rule,
    )
    expect(rules).toEqual(['name', 'name', 'candidates'])
  })
})

describe('names', () => {
  it.each<[name: string, declared: Pipeline, issue: string]>([
    [
      'no capital in a pipeline',
      of(copy({ n: 1 }), 'Rows'),
      `pipeline "Rows": expected a name like ${NAME}, got "Rows"`,
    ],
    [
      'no underscore in a step',
      of(copy({ n: 1 }, { id: 'a_b' })),
      `step "a_b": expected a name like ${NAME}, got "a_b"`,
    ],
    ['something', of(copy({ n: 1 }), ''), `pipeline "": expected a name like ${NAME}, got ""`],
    [
      'at most 63 characters',
      of(copy({ n: 1 }), 'a'.repeat(64)),
      `pipeline "${'a'.repeat(64)}": expected a name of at most 63 characters, got 64`,
    ],
    [
      'no path in a task',
      of(copyNamed('../x')({ n: 1 }, { id: 'x' })),
      `task "../x": expected a name like ${NAME}, got "../x"`,
    ],
    [
      'no blank in a parameter',
      of(copy({ n: parameter('a b', z.number()) })),
      'parameter "a b": expected a name like ^[a-z][A-Za-z0-9_-]*$, got "a b"',
    ],
  ])('have %s', (_, declared, issue) => expect(issuesOf(declared)).toEqual([`name: ${issue}`]))
})

describe('the graph', () => {
  const numbers = list({ n: 1 })

  it.each<[name: string, declared: Pipeline, issue: string]>([
    ['no steps', pipeline('p', { steps: [] }), 'no-steps: pipeline "p": expected at least one step, got none'],
    [
      'two steps of one id',
      of(copy({ n: copy({ n: 1 }).output.n })),
      'duplicate-step: step "copy": expected one step of this id, got 2',
    ],
    [
      'a step under two ids',
      pipeline('p', { steps: { b: copy({ n: 2 }, { id: 'a' }) } }),
      'renamed-step: step "b": expected one id, got "a" where it is made and "b" where it is listed',
    ],
    [
      'a step listed twice',
      pipeline('p', { steps: [numbers, numbers] }),
      'renamed-step: step "list": expected a step once, got it twice',
    ],
    [
      'two tasks of one name',
      of(copy({ n: copyNamed('copy')({ n: 1 }, { id: 'x' }).output.n })),
      'duplicate-unit: task "copy": expected one definition of this name, got another one',
    ],
    [
      'a chain inside an each',
      of(each([1], (item) => copy({ n: copy({ n: item }, { id: 'inner' }).output.n }))),
      'stray-item: step "inner": expected no item of another each, got one',
    ],
    [
      'an item used outside of its each',
      of(itemOutside()),
      'stray-item: step "outside": expected no item of another each, got one',
    ],
    [
      'a choice among one',
      of(best([copy({ n: 1 })], { by: 'n', prefer: 'higher' })),
      'candidates: step "best": expected at least two candidates, got 1',
    ],
  ])('has not %s', (_, declared, issue) => expect(issuesOf(declared)).toEqual([issue]))

  it('may list a step beside the each that uses its like', () => {
    expect(issuesOf(pipeline('p', { steps: [numbers, each(numbers.output.list, (n) => copy({ n }))] }))).toEqual([])
  })

  it('refuses an each of an each where it is written', () => {
    expect(() => each([1], () => each([2], (n) => copy({ n }), { id: 'inner' }), { id: 'outer' })).toThrow(
      'each "outer": expected a task or python step, got each; make the list flat in a step of its own',
    )
  })
})

describe('parameters and schemas', () => {
  const SAYABLE = 'expected a schema that JSON Schema can say, got:'

  it.each<[name: string, declared: Pipeline, issue: string]>([
    [
      'two schemas for a parameter',
      of(copy({ n: copy({ n: parameter('n', z.number()) }, { id: 'a' }).output.n }), 'p', parameter('n', z.int())),
      'parameter-clash: parameter "n": expected one schema and default, got two declarations that differ',
    ],
    [
      'two defaults for a parameter',
      of(copy({ n: parameter('n', z.number(), 1) }), 'p', parameter('n', z.number(), 2)),
      'parameter-clash: parameter "n": expected one schema and default, got two declarations that differ',
    ],
    [
      'a default that the schema refuses',
      of(copy({ n: parameter('n', z.number().min(1), 0) })),
      'parameter-default: parameter "n": expected a default that its schema takes, got: Too small: expected number to be >=1',
    ],
    [
      'a refinement in a parameter',
      of(
        copy({
          n: parameter(
            'n',
            z.number().refine((n) => n !== 3),
            1,
          ),
        }),
      ),
      `schema: parameter "n": ${SAYABLE} a refinement`,
    ],
    [
      'a normalisation in a script',
      of(python('s', { script: 's.py', input: z.object({ text: z.string().trim() }), output: NUMBER })({ text: '' })),
      `schema: python "s" input: ${SAYABLE} a transform`,
    ],
    [
      'a transform before a script',
      of(
        python('s', { script: 's.py', input: z.object({ n: z.string().transform(Number) }), output: NUMBER })({
          n: '',
        }),
      ),
      `schema: python "s" input: ${SAYABLE} a transform`,
    ],
    [
      'a transform in a script',
      of(python('s', { script: 's.py', input: TEXT, output: z.string().transform(Number) })({ text: '' })),
      `schema: python "s" output: ${SAYABLE} Transforms cannot be represented in JSON Schema`,
    ],
  ])('have not %s', (_, declared, issue) => expect(issuesOf(declared)).toEqual([issue]))

  it.each<[schema: z.ZodType<string>, got: string]>([
    [z.coerce.string(), 'a coercion'],
    [z.preprocess(String, z.string()), 'a transform'],
    [z.string().pipe(z.enum(['a', 'b'])), 'a transform'],
    [z.string().catch('a'), 'a fallback'],
    [z.string().toLowerCase(), 'a transform'],
    [z.custom<string>(), 'Custom types cannot be represented in JSON Schema'],
  ])('travel without what only zod can do: %#', (schema, got) => {
    const script = python('s', { script: 's.py', input: NUMBER, output: z.object({ list: z.array(schema) }) })
    expect(issuesOf(of(script({ n: 1 })))).toEqual([`schema: python "s" output: ${SAYABLE} ${got}`])
  })

  it('may be declared twice alike', () => {
    const [left, right] = [parameter('n', z.int(), 1), parameter('n', z.int(), 1)]
    expect(issuesOf(of(copy({ n: left }), 'p', right))).toEqual([])
  })
})

describe('paths', () => {
  const RELATIVE = 'expected a relative path with forward slashes, got'

  it.each<[path: string, issues: readonly string[]]>([
    ['./trainers/fit.py', []],
    ['../fit.py', []],
    ['/opt/fit.py', [`path: python "s": ${RELATIVE} "/opt/fit.py"`]],
    ['C:/fit.py', [`path: python "s": ${RELATIVE} "C:/fit.py"`]],
    ['trainers\\fit.py', [`path: python "s": ${RELATIVE} "trainers\\fit.py"`]],
    ['fit.sh', ['path: python "s": expected a .py file, got "fit.sh"']],
  ])('of a script: %s', (script, issues) => {
    expect(issuesOf(of(python('s', { script, input: NUMBER, output: NUMBER })({ n: 1 })))).toEqual(issues)
  })

  it.each<[path: string, issues: readonly string[]]>([
    ['data/rows.csv', []],
    ['/data/rows.csv', [`path: file "/data/rows.csv": ${RELATIVE} "/data/rows.csv"`]],
    ['data/', [`path: file "data/": ${RELATIVE} "data/"`]],
    ['', [`path: file "": ${RELATIVE} ""`]],
  ])('of a file: %s', (path, issues) => {
    const data: Ref<LocalFile> = file(path)
    expect(issuesOf(of(read({ data })))).toEqual(issues)
  })
})

describe('policies', () => {
  it.each<[policy: StepPolicy, got: string]>([
    [{ timeout: '0 seconds' }, 'timeout of 1 second to 30 days, got "0 seconds"'],
    [{ timeout: '-5 minutes' }, 'timeout of 1 second to 30 days, got "-5 minutes"'],
    [{ timeout: '31 days' }, 'timeout of 1 second to 30 days, got "31 days"'],
    [{ timeout: '1e3 days' }, 'timeout of 1 second to 30 days, got "1e3 days"'],
    [{ heartbeat: '0.5 seconds' }, 'heartbeat of 1 second to 60 minutes, got "0.5 seconds"'],
    [{ backoff: '2 minutes' }, 'backoff of 0 seconds to 1 minute, got "2 minutes"'],
    [{ attempts: 0 }, 'attempts of a whole number, 1 to 100, got 0'],
    [{ attempts: 1.5 }, 'attempts of a whole number, 1 to 100, got 1.5'],
    [{ attempts: Number.POSITIVE_INFINITY }, 'attempts of a whole number, 1 to 100, got Infinity'],
    [{ resources: { cpus: 0 } }, 'resources.cpus of 0.1 to 1024, got 0'],
    [{ resources: { cpus: Number.NaN } }, 'resources.cpus of 0.1 to 1024, got NaN'],
    [{ resources: { gpus: -1 } }, 'resources.gpus of a whole number, 0 to 64, got -1'],
    [{ resources: { memory: '1 MiB' } }, 'resources.memory of 64 MiB to 1024 GiB, got "1 MiB"'],
    [{ resources: { memory: '-4 GiB' } }, 'resources.memory of 64 MiB to 1024 GiB, got "-4 GiB"'],
  ])('%j is refused', (policy, got) => {
    const slow = task('slow', { input: NUMBER, output: NUMBER, run: (input) => input, ...policy })
    expect(issuesOf(of(slow({ n: 1 })))).toEqual([`policy: task "slow": expected ${got}`])
  })
})

function of(step: AnyStep<unknown>, name = 'p', also?: Ref<number>): Pipeline {
  return pipeline(name, { steps: also === undefined ? [step] : [step, copy({ n: also }, { id: 'also' })] })
}

function issuesOf(declared: Pipeline): readonly string[] {
  return check(declared).map(({ rule, place, message }) => `${rule}: ${place}: ${message}`)
}

function copyNamed(name: string): typeof copy {
  return task(name, { input: NUMBER, output: NUMBER, run: (input) => input })
}

function itemOutside(): AnyStep<unknown> {
  const escaped: Ref<number>[] = []
  each([1, 2], (item) => {
    escaped.push(item)
    return copy({ n: item })
  })
  const [item] = escaped
  return copy({ n: item ?? 0 }, { id: 'outside' })
}
