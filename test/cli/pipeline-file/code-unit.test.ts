import { createHash } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { bundleTasks, type CodeUnit } from '../../../cli/pipeline-file/code-unit.ts'
import { listUserModules } from '../../../cli/pipeline-file/user-modules.ts'
import { projectFolder, type ProjectFolder } from './project-folder.ts'

const HEAD = `import { localFile, pipeline, task, z } from 'DSL'
`

const PIPELINE = `${HEAD}
const row = z.object({ a: z.number() })
const twice = (a: number): number => a * 2

export const split = task('split', {
  input: row,
  output: row,
  timeout: '1 minute',
  run: ({ a }) => ({ a: twice(a) }),
})

export const join = task('join', { input: row, output: row, run: ({ a }) => ({ a: twice(a) + 1 }) })

export const alone = task('alone', { input: row, output: row, run: ({ a }) => ({ a: -a }) })

const first = split({ a: 1 })
export default pipeline('p', { steps: [join({ a: first.output.a }), alone({ a: 1 })] })
`

const NAMES = ['split', 'join', 'alone']

async function bundle(
  folder: ProjectFolder,
  tasks: readonly string[] = NAMES,
  file = 'p.ts',
): Promise<Readonly<Record<string, CodeUnit>>> {
  const modules = await listUserModules(folder.path('p.ts'), folder.project)
  const exported = tasks.map((name) => ({ name, module: folder.path(file), export: name }))
  return Object.fromEntries(await bundleTasks({ tasks: exported, modules: modules.all }, folder.project))
}

async function changed(
  edit: (source: string) => string,
  files: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const folder = await projectFolder({ 'p.ts': PIPELINE, ...files })
  const before = await bundle(folder)
  const edited = edit(PIPELINE)
  expect(edited).not.toBe(PIPELINE)
  await folder.write({ 'p.ts': edited })
  const after = await bundle(folder)
  return NAMES.filter((name) => before[name]?.digest !== after[name]?.digest)
}

function textOf(unit: CodeUnit | undefined): string {
  return Buffer.from(unit?.code ?? []).toString('utf8')
}

async function failure(files: Readonly<Record<string, string>>, task = 'bad'): Promise<unknown> {
  const folder = await projectFolder(files)
  return bundle(folder, ['good', task]).catch((error: unknown) => error)
}

describe('a code unit', () => {
  it('is a module whose default export is input, output and run, named by its SHA-256', async () => {
    const folder = await projectFolder({ 'p.ts': PIPELINE })
    const { split } = await bundle(folder, ['split'])
    await folder.write({ 'unit.mjs': textOf(split) })
    const { default: code } = (await import(pathToFileURL(folder.path('unit.mjs')).href)) as {
      default: { input: { parse(value: unknown): unknown }; output: object; run(input: object): unknown }
    }
    expect(Object.keys(code).toSorted()).toEqual(['input', 'output', 'run'])
    expect(code.run({ a: 4 })).toEqual({ a: 8 })
    expect(code.input.parse({ a: 1, b: 2 })).toEqual({ a: 1 })
    expect(split?.digest).toBe(
      createHash('sha256')
        .update(split?.code ?? '')
        .digest('hex'),
    )
  })

  it('loads with the loops that declare steps at the top level of its file', async () => {
    const loops = `${PIPELINE.replace('export default', 'const listed =')}
const doubled: number[] = []
const steps = []
for (const a of [1, 2, 3]) {
  doubled.push(twice(a))
  const { output } = alone({ a }, { id: \`alone-\${a}\` })
  steps.push(alone({ a: output.a }), ...[listed])
}
export const sum = task('sum', { input: row, output: row, run: ({ a }) => ({ a: doubled.reduce((x, y) => x + y, a) }) })
export const calls = task('calls', { input: row, output: row, run: ({ a }) => ({ a: sum({ a }).output.a }) })
export default pipeline('loops', { steps })
`
    const folder = await projectFolder({ 'p.ts': loops })
    const units = await bundle(folder, ['sum', 'calls'])
    await folder.write({ 'sum.mjs': textOf(units['sum']), 'calls.mjs': textOf(units['calls']) })
    const [sum, calls] = (await Promise.all(
      ['sum.mjs', 'calls.mjs'].map((name) => import(pathToFileURL(folder.path(name)).href)),
    )) as { default: { run(input: object): unknown } }[]
    expect(sum?.default.run({ a: 1 })).toEqual({ a: 13 })
    expect(() => calls?.default.run({ a: 1 })).toThrow('task(): expected a call while the pipeline is declared')
  })

  it('holds nothing of the engine, of the pipeline and of other tasks', async () => {
    const { alone } = await bundle(await projectFolder({ 'p.ts': PIPELINE }))
    const text = textOf(alone)
    expect(text).toContain('-a')
    const foreign = ['anneal.place', 'twice', 'var split', 'steps:', 'declaration', '1 minute']
    expect(foreign.filter((word) => text.includes(word))).toEqual([])
  })

  it('has the same bytes wherever the project stands', async () => {
    const units = await Promise.all(
      ['', ''].map(async () => {
        const folder = await projectFolder({
          'p.ts': `import sum from './sum.cjs'\n${PIPELINE.replace('-a', 'sum(-a)')}`,
          'sum.cjs': 'module.exports = (a) => a + require("node:os").cpus().length',
        })
        return [folder, await bundle(folder)] as const
      }),
    )
    const [one, two] = units
    expect(one?.[0].project.root).not.toBe(two?.[0].project.root)
    expect(NAMES.filter((name) => textOf(one?.[1][name]) !== textOf(two?.[1][name]))).toEqual([])
    expect(textOf(one?.[1]['alone'])).toContain('sum.cjs')
    expect(textOf(one?.[1]['alone']).includes('.anneal')).toBe(false)
  })
})

describe('the digest of a code unit', () => {
  it.each([
    ['a timeout', (source: string) => source.replace('1 minute', '2 minutes')],
    [
      'a policy that was not there',
      (source: string) => source.replace("task('alone', {", "task('alone', { attempts: 7,"),
    ],
    ["the task's name", (source: string) => source.replace("task('alone'", "task('lonely'")],
    ['a comment', (source: string) => source.replace('const row', '// a row\nconst row /* of numbers */')],
    ['the layout', (source: string) => source.replaceAll('{ a', '{\n      a').replaceAll(';', '\n')],
    ['a type', (source: string) => source.replace('(a: number): number', '(a: number): 1 | 2 | number')],
    ['the pipeline', (source: string) => source.replace('a: 1', 'a: 2').replace("pipeline('p'", "pipeline('q'")],
    [
      'a declaration that no task uses',
      (source: string) => `${source}\nexport const table = new Map([[1, twice(2)]])\n`,
    ],
    [
      'an import that no task uses',
      (source: string) => `import { Command } from 'commander'\n${source}\nexport const c = new Command()\n`,
    ],
  ])('stays when %s changes', async (_, edit) => {
    expect(await changed(edit)).toEqual([])
  })

  it("changes when a task's own code does, and no other's", async () => {
    expect(await changed((source) => source.replace('-a', '-a - 1'))).toEqual(['alone'])
  })

  it('changes for every task that uses a function which changes', async () => {
    expect(await changed((source) => source.replace('a * 2', 'a * 3'))).toEqual(['split', 'join'])
  })

  it('changes with a schema of the task', async () => {
    expect(await changed((source) => source.replace('a: z.number()', 'a: z.number().int()'))).toEqual(NAMES)
  })
})

describe('what a task does not reach', () => {
  it('is left out: destructured, computed and default declarations', async () => {
    const declared = `
import { task, z } from 'DSL'
const build = () => ({ used: 'kept', unused: 'dropped-a' })
export const { used, unused } = build()
export const [one, ...others] = [1, 'dropped-b'].map(String)
const table = new Map([['dropped-c', 1]])
export const good = task('good', { input: z.any(), output: z.any(), run: () => used + one })
export default table
`
    const folder = await projectFolder({ 'p.ts': declared })
    const { good } = await bundle(folder, ['good'])
    expect(textOf(good)).not.toContain('dropped-c')
    await folder.write({ 'unit.mjs': textOf(good) })
    const unit = (await import(pathToFileURL(folder.path('unit.mjs')).href)) as { default: { run(): unknown } }
    expect(unit.default.run()).toBe('kept1')
  })

  it('stays where it is a statement with an effect', async () => {
    const folder = await projectFolder({
      'p.ts': `${HEAD}
const seen: string[] = []
seen.push('effect')
export const good = task('good', { input: z.any(), output: z.any(), run: () => seen.length })
`,
    })
    expect(textOf((await bundle(folder, ['good']))['good'])).toContain('"effect"')
  })
})

describe('a task that cannot be bundled', () => {
  const good = `export const good = task('good', { input: z.any(), output: z.any(), run: () => 1 })`
  const bad = (run: string): string => `${HEAD}${good}
export const bad = task('bad', {
  input: z.any(),
  output: z.any(),
  run: async () => ${run},
})
`

  it('names the task, the import and the line of a package that is not installed', async () => {
    expect(await failure({ 'p.ts': bad("import('no-such-package')") })).toMatchObject({
      code: 'task-not-bundlable',
      exitCode: 2,
      fault: {
        message:
          'task "bad" cannot be bundled: expected imports that are files of the project, installed packages, or modules of Node, got "no-such-package"',
        where: 'p.ts:6:27',
        got: '"no-such-package"',
        remedy: 'install "no-such-package" or correct the import',
      },
    })
  })

  it.each([
    ['import.meta.url', 'import.meta', "pass what stands beside the file as an input: file('path')", 'p.ts:6:20'],
    ['import(String(1))', 'an import() of a computed name', 'import a module by a literal name', 'p.ts:6:20'],
    ['__dirname', '__dirname', "pass what stands beside the file as an input: file('path')", 'p.ts:6:20'],
  ])('names the place of %s', async (run, got, remedy, where) => {
    expect(await failure({ 'p.ts': bad(run) })).toMatchObject({ fault: { got, remedy, where } })
  })

  it('names a native addon', async () => {
    const files = {
      'p.ts': `import native from './native.cjs'\n${bad('native()')}`,
      'native.cjs': "module.exports = require('./build/native.node')",
      'build/native.node': 'ELF',
    }
    expect(await failure(files)).toMatchObject({
      code: 'task-not-bundlable',
      fault: { got: 'the native addon "build/native.node"' },
    })
  })

  it('does not stand in the way of the other tasks of its file', async () => {
    const folder = await projectFolder({ 'p.ts': bad("[import('no-such-package'), import.meta.url]") })
    expect(Object.keys(await bundle(folder, ['good']))).toEqual(['good'])
  })
})

it('maps a bundle back to the lines of its sources, which it carries', async () => {
  const folder = await projectFolder({ 'p.ts': PIPELINE })
  const { split } = await bundle(folder, ['split'])
  const map = JSON.parse(Buffer.from(split?.sourceMap ?? []).toString('utf8')) as {
    sources: readonly string[]
    sourcesContent: readonly string[]
  }
  expect(map.sources).toContain('p.ts')
  expect(map.sourcesContent[map.sources.indexOf('p.ts')]).toContain("timeout: '1 minute'")
})
