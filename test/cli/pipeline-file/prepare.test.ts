import { readdir } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { CliError } from '../../../cli/errors.ts'
import { prepare, type Prepared } from '../../../cli/pipeline-file/prepare.ts'
import { openStore } from '../../../store/open-store.ts'
import { projectFolder, type ProjectFolder } from './project-folder.ts'

const GOOD = `import { pipeline, task, z } from 'DSL'
import { double } from './double.ts'

export const twice = task('twice', {
  input: z.object({ a: z.number() }),
  output: z.object({ a: z.number() }),
  run: ({ a }) => ({ a: double(a) }),
})

export default pipeline('small', { steps: [twice({ a: 1 })] })
`
const DOUBLE = 'export const double = (a: number): number => a * 2\n'

function aTask(name: string): string {
  return `task('${name}', { input: z.object({}), output: z.object({}), run: () => ({}) })`
}

async function prepared(folder: ProjectFolder, { file = 'p.ts', typeCheck = false } = {}): Promise<Prepared> {
  return prepare(folder.path(file), { settings: folder.project, store: openStore(folder.path('store')), typeCheck })
}

/** What a bad file ends in. It has to leave the store untouched. */
async function faultOf(
  files: Readonly<Record<string, string>>,
  options?: { file?: string; typeCheck?: boolean },
): Promise<CliError> {
  const folder = await projectFolder(files)
  const error: unknown = await prepared(folder, options).catch((thrown: unknown) => thrown)
  expect(await readdir(folder.path('store')).catch(() => [])).toEqual([])
  if (error instanceof CliError) return error
  throw new Error('expected a CliError', { cause: error })
}

describe('a pipeline file', () => {
  it('becomes a plan in the store, after the code that it names', async () => {
    const folder = await projectFolder({ 'p.ts': GOOD, 'double.ts': DOUBLE })
    const { plan, planDigest, pipeline } = await prepared(folder, { typeCheck: true })
    const kept = openStore(folder.path('store')).artifacts
    expect(JSON.parse(Buffer.from(await kept.get(planDigest)).toString('utf8'))).toEqual(plan)
    const [node] = plan.nodes
    expect(pipeline.name).toBe('small')
    if (node?.kind !== 'task') throw new Error('expected a task node')
    expect(Buffer.from(await kept.get(node.spec.code)).toString('utf8')).toContain('double')
  })

  it('prepares to the same plan twice', async () => {
    const folder = await projectFolder({ 'p.ts': GOOD, 'double.ts': DOUBLE })
    expect((await prepared(folder)).planDigest).toBe((await prepared(folder)).planDigest)
  })

  it('can take tasks from other files, default exports and re-exports', async () => {
    const folder = await projectFolder({
      'p.ts': `import { pipeline } from 'DSL'
import { one } from './tasks.ts'
import two from './two.ts'
export default pipeline('p', { steps: [one({}), two({})] })
`,
      'tasks.ts': "export { inner as one } from './deep/one.ts'\n",
      'deep/one.ts': `import { task, z } from 'DSL'\nexport const inner = ${aTask('one')}\n`,
      'two.ts': `import { task, z } from 'DSL'\nexport default ${aTask('two')}\n`,
    })
    expect((await prepared(folder)).plan.nodes.map(({ id }) => id)).toEqual(['one', 'two'])
  })

  it('packs files and scripts, a Python project as a whole without what Python makes', async () => {
    const folder = await projectFolder({
      'sub/p.ts': `import { file, localFile, pipeline, python, z } from 'DSL'
export const count = python('count', { script: './py/count.py', input: z.object({ rows: localFile() }), output: z.object({}) })
export default pipeline('p', { steps: [count({ rows: file('../rows.csv') })] })
`,
      'rows.csv': 'a\n1\n',
      'sub/py/count.py': 'print(1)\n',
      'sub/py/requirements.txt': '',
      'sub/py/lib/more.py': '',
      'sub/py/__pycache__/more.pyc': 'x',
      'sub/py/.venv/bin/python': 'x',
    })
    const { plan } = await prepared(folder, { file: 'sub/p.ts' })
    const [node] = plan.nodes
    if (node?.kind !== 'python') throw new Error('expected a python node')
    const kept = openStore(folder.path('store')).artifacts
    const pack = JSON.parse(Buffer.from(await kept.get(node.spec.code)).toString('utf8')) as {
      files: { path: string }[]
    }
    expect(pack.files.map(({ path }) => path)).toEqual(['count.py', 'lib/more.py', 'requirements.txt'])
    expect(node.spec).toMatchObject({
      script: 'count.py',
      input: { fields: { rows: { from: 'file', name: '../rows.csv' } } },
    })
    await folder.write({ 'sub/py/.venv/bin/python': 'y', 'rows.csv': 'a\n1\n' })
    expect((await prepared(folder, { file: 'sub/p.ts' })).plan).toEqual(plan)
  })
})

describe('a bad pipeline file ends in one message', () => {
  it('when it has type errors: each with place, source line and mark', async () => {
    const fault = await faultOf(
      {
        'p.ts': GOOD.replace('run: ({ a })', 'run: ({ b })').replace('double(a)', 'double(b)'),
        'double.ts': DOUBLE.replace('a * 2', "'x'"),
      },
      { typeCheck: true },
    )
    expect(fault).toMatchObject({
      code: 'type-error',
      exitCode: 2,
      fault: { where: 'double.ts:1:46', got: '2 errors', message: "Type 'string' is not assignable to type 'number'." },
    })
    expect(fault.fault.details).toEqual([
      "double.ts:1:46 TS2322 Type 'string' is not assignable to type 'number'.",
      "  1 | export const double = (a: number): number => 'x'",
      '                                                   ^',
      '',
      "p.ts:7:11 TS2339 Property 'b' does not exist on type '{ a: number; }'.",
      '  7 |   run: ({ b }) => ({ a: double(b) }),',
      '                ^',
      '',
    ])
  })

  it('when its types are checked again after a correction, without a trace of the first check', async () => {
    const folder = await projectFolder({
      'p.ts': GOOD,
      'double.ts': "export const double = (a: number): number => 'x'\n",
    })
    await expect(prepared(folder, { typeCheck: true })).rejects.toMatchObject({ code: 'type-error' })
    await expect(prepared(folder, { typeCheck: true })).rejects.toMatchObject({ code: 'type-error' })
    await folder.write({ 'double.ts': DOUBLE })
    expect((await prepared(folder, { typeCheck: true })).plan.nodes).toHaveLength(1)
  })

  it('when it is not there', async () => {
    expect(await faultOf({}, { file: 'none.ts' })).toMatchObject({
      code: 'file-missing',
      message: 'none.ts: expected a pipeline file, got nothing',
      fault: { remedy: 'check the path: it counts from the folder you are in' },
    })
  })

  it.each([
    ['has no default export', 'export const a = 1', 'none', 'add the default export'],
    [
      'exports a step',
      `import { task, z } from 'DSL'\nexport const a = ${aTask('a')}\nexport default a({})`,
      'a step',
      "list it in a pipeline: export default pipeline('name', { steps: [step] })",
    ],
    [
      'exports a task',
      `import { task, z } from 'DSL'\nexport default ${aTask('a')}`,
      'a task',
      "call it with an input and list the step in a pipeline: pipeline('name', { steps: [task({ … })] })",
    ],
    ['exports another value', 'export default 42', '42', 'export what pipeline() returns'],
  ])('when it %s', async (_, source, got, remedy) => {
    expect(await faultOf({ 'p.ts': source })).toMatchObject({
      code: 'no-pipeline',
      message: `p.ts: expected a pipeline as default export, got ${got}`,
      fault: { remedy },
    })
  })

  it("when it throws while it is loaded: with the author's own line", async () => {
    const fault = await faultOf({
      'p.ts': "import { parse } from './parse.ts'\nexport default parse('{')\n",
      'parse.ts': '\nexport function parse(text: string): unknown {\n  return JSON.parse(text)\n}\n',
    })
    expect(fault).toMatchObject({ code: 'load-failed', fault: { where: 'parse.ts:3:15' } })
    expect(fault.message).toMatch(/^p\.ts: expected it to load, got SyntaxError: /)
    expect(fault.fault.details).toEqual(['  3 |   return JSON.parse(text)', '                    ^'])
  })

  it('when it cannot be parsed', async () => {
    const fault = await faultOf({ 'p.ts': 'export const a = {\n  b: 1,,\n}\n' }, { typeCheck: true })
    expect(fault).toMatchObject({ code: 'type-error', fault: { where: 'p.ts:2:8' } })
  })

  it('when a reference is read before a run', async () => {
    const fault = await faultOf({
      'p.ts': GOOD.replace('steps: [twice({ a: 1 })]', 'steps: [twice({ a: Number(twice({ a: 1 }).output.a) })]'),
      'double.ts': DOUBLE,
    })
    expect(fault).toMatchObject({ code: 'load-failed', fault: { where: 'p.ts:10:55' } })
    expect(fault.message).toContain('expected no use before a run')
  })

  it('when check finds faults: all of them, each with rule, place and remedy', async () => {
    const fault = await faultOf({
      'p.ts': `import { pipeline, task, z } from 'DSL'
export const a = ${aTask('a b')}
export const b = task('c', { timeout: '0 seconds', input: z.object({}), output: z.object({}), run: () => ({}) })
export default pipeline('p', { steps: [a({}), b({})] })
`,
    })
    expect(fault).toMatchObject({ code: 'check-failed', exitCode: 2 })
    expect(fault.fault.details).toEqual([
      'name  step "a b": expected a name like ^[a-z][a-z0-9-]*$, got "a b"',
      '  rename it',
      '',
      'policy  task "c": expected timeout of 1 second to 30 days, got "0 seconds"',
      '  change it, or leave it out for the default',
      '',
    ])
  })

  it('when a task is not exported', async () => {
    const fault = await faultOf({
      'p.ts': `import { pipeline, task, z } from 'DSL'
const hidden = ${aTask('count-rows')}
export default pipeline('p', { steps: [hidden({})] })
`,
    })
    expect(fault).toMatchObject({
      code: 'task-not-exported',
      message: 'task "count-rows": expected it among the exports of the pipeline\'s modules, got none',
      fault: { where: 'p.ts', expected: "export const countRows = task('count-rows', …) at the top level of a file" },
    })
  })

  it('when a task cannot be bundled', async () => {
    const fault = await faultOf({
      'p.ts': `import { pipeline, task, z } from 'DSL'
export const far = task('far', { input: z.object({}), output: z.string(), run: () => import.meta.url })
export default pipeline('p', { steps: [far({})] })
`,
    })
    expect(fault).toMatchObject({ code: 'task-not-bundlable', fault: { where: 'p.ts:2:86' } })
  })

  it('when a file that it refers to is not there', async () => {
    const fault = await faultOf({
      'p.ts': `import { file, localFile, pipeline, task, z } from 'DSL'
export const read = task('read', { input: z.object({ rows: localFile() }), output: z.object({}), run: () => ({}) })
export default pipeline('p', { steps: [read({ rows: file('data/rows.csv') })] })
`,
    })
    expect(fault).toMatchObject({
      code: 'packed-file-missing',
      message: 'file "data/rows.csv": expected a file at data/rows.csv, got nothing',
    })
  })

  it('when a Python script is not there', async () => {
    const fault = await faultOf({
      'p.ts': `import { pipeline, python, z } from 'DSL'
export const fit = python('fit', { script: 'fit.py', input: z.object({}), output: z.object({}) })
export default pipeline('p', { steps: [fit({})] })
`,
    })
    expect(fault).toMatchObject({
      code: 'script-missing',
      message: 'python "fit": script "fit.py": expected a file at fit.py, got nothing',
    })
  })
})

const RAIN = `import { atLeast, contract, csv, features, history, label, mean, model, pipeline, tabular, timestamp, z } from 'DSL'
const days = contract('days', {
  key: 'row', time: 'date', columns: { date: timestamp(), temp: z.number() }, outcomes: { rain: z.boolean() },
})
const wet = features('wet', days, (d) => ({
  warm: history(days, { by: {}, within: '7 days' }, (p) => mean(p.temp)).orElse(0), temp: d.temp,
}))
export default pipeline('rain', {
  sources: { days: csv('days.csv') },
  train: model('rain', {
    features: wet, label: label(days, (d) => d.rain), window: '90 days', holdout: '9 days', seed: 1,
    trainer: tabular({ algorithm: 'lightgbm' }),
  }),
  gates: { overall: { auc: atLeast(0.5) } },
})
`

it('whose sums would depend on the order of rows is refused before anything is stored', async () => {
  const { code, message } = await faultOf({ 'p.ts': RAIN })
  expect(code).toBe('check-failed')
  expect(message).toBe(
    'features "wet": warm: expected numbers with declared decimals to take the mean of, got "days.temp"; declare .meta({ decimals })',
  )
})

it('of more steps than a run can be told of is refused', async () => {
  const source = `import { pipeline, task, z } from 'DSL'
export const step = task('step', { input: z.object({ n: z.int() }), output: z.object({}), run: () => ({}) })
const steps = Array.from({ length: 3000 }, (_, n) => step({ n }, { id: \`number-\${n}\` }))
export default pipeline('many', { steps })
`
  const { code, message } = await faultOf({ 'p.ts': source })
  expect(code).toBe('check-failed')
  expect(message).toBe('p.ts: expected a graph of at most 63 KiB, got 3000 steps, 75 KiB of ids and needs')
})
