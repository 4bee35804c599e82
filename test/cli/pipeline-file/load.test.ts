import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { engineProgram } from '../../../store/engine-program.ts'
import { projectFolder } from './project-folder.ts'

const [NODE, ...LOAD] = engineProgram('test/cli/pipeline-file/load-program.ts')

interface Loaded {
  /** Of the pipeline. */
  readonly name?: string
  readonly fault?: unknown
}

/** Loads `p.ts` as the command does, in a process of its own: messages and stacks hang on the loader. */
async function loaded(files: Readonly<Record<string, string>>): Promise<Loaded> {
  const { path, project } = await projectFolder(files)
  const { stdout } = await promisify(execFile)(NODE, [...LOAD, path('p.ts'), JSON.stringify(project)])
  const cache = path('.anneal/cache')
  expect(existsSync(cache) ? readdirSync(cache) : []).toEqual([])
  return JSON.parse(stdout) as Loaded // as the program writes it
}

async function loadFault(source: string, others: Readonly<Record<string, string>> = {}): Promise<unknown> {
  return (await loaded({ 'p.ts': source, ...others })).fault
}

it('names the place of a syntax error', async () => {
  expect(await loadFault('export const a = {\n  b: 1,,\n}\n')).toEqual({
    message: 'p.ts: expected it to load, got: Expected identifier but found ","',
    where: 'p.ts:2:8',
    remedy: 'correct the line named',
    details: ['  2 |   b: 1,,', '             ^'],
  })
})

it("names the author's line of an exception, types and comments counted", async () => {
  const source =
    '// one\ninterface A { b: number }\n\nfunction fail(a: A): never { throw new TypeError(`bad ${a.b}`) }\nexport default fail({ b: 1 })\n'
  expect(await loadFault(source)).toMatchObject({
    message: 'p.ts: expected it to load, got TypeError: bad 1',
    where: 'p.ts:4:36',
  })
})

it('names a package that is not installed without a path of this machine', async () => {
  expect(await loadFault("import { x } from 'no-such-package'\nexport default x\n")).toMatchObject({
    message: "p.ts: expected it to load, got Error: Cannot find package 'no-such-package' imported from p.ts",
    where: 'p.ts',
  })
})

it('names a module that lacks what is imported from it', async () => {
  const others = { 'lib.ts': 'export const a = 1\n' }
  expect(await loadFault("import { b } from './lib.ts'\nexport default b\n", others)).toMatchObject({
    message: 'p.ts: expected it to load, got: No matching export in "lib.ts" for import "b"',
    where: 'p.ts:1:10',
  })
})

it("names the line of an import of the author's that is not there", async () => {
  expect(await loadFault("export const a = 1\nimport { b } from './no.ts'\nexport default b\n")).toMatchObject({
    message: 'p.ts: expected it to load, got: Could not resolve "./no.ts"',
    where: 'p.ts:2:19',
  })
})

it('loads modules of every kind from where they stand, each once, in the order of their imports', async () => {
  const files = {
    'p.ts': `import { pipeline, task, z } from 'DSL'
import { seen } from './seen.ts'
import './first.ts'
import second from './lib/second.ts'
import old, { named } from './old.cjs'
import table from './table.json' with { type: 'json' }
import { Ajv } from 'ajv'
enum Kind { Of = 'kind' }
const lazy = await import('./lazy.ts')
const parts = [...seen, second, old.name, named, table.name, typeof Ajv, Kind.Of, lazy.name]
export const step = task('step', { input: z.object({}), output: z.object({}), run: () => ({}) })
export default pipeline(parts.join('-').toLowerCase(), { steps: [step({})] })
`,
    'seen.ts': 'export const seen: string[] = []\n',
    'first.ts': "import { seen } from './seen.ts'\nseen.push('first')\n",
    'lib/second.ts': `import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { seen } from '../seen.ts'
seen.push('second')
export default readFileSync(join(import.meta.dirname, 'name.txt'), 'utf8') + new URL('.', import.meta.url).pathname.at(-4)
`,
    'lib/name.txt': 'text',
    'old.cjs': "exports.named = 'named'\nexports.name = require('node:path').basename(__filename)\n",
    'table.json': '{ "name": "json" }',
    'lazy.ts': "export const name = 'lazy'\n",
  }
  expect(await loaded(files)).toEqual({ name: 'first-second-textl-old.cjs-named-json-function-kind-lazy' })
})
