import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'

const repository = resolve(import.meta.dirname, '../..')

const ALLOWED = 'nothing, it is allowed'

/** File, import statement, words of the message. */
const imports: readonly (readonly [file: string, statement: string, answer: string])[] = [
  ['dsl/a.ts', `import { x } from '../store/x.ts'`, 'dsl imports no other folder'],
  ['dsl/nested/b.ts', `import { x } from '../../workflows/x.ts'`, 'dsl imports no other folder'],
  ['dsl/c.ts', `import { x } from 'node:fs'`, 'dsl is pure'],
  ['dsl/d.ts', `import { x } from 'node:fs/promises'`, 'dsl is pure'],
  ['dsl/e.ts', `import { x } from '@temporalio/client'`, 'dsl does not know what runs a plan'],
  ['dsl/f.ts', `import { x } from 'node:crypto'`, ALLOWED],
  ['dsl/nested/g.ts', `import { x } from '../plan.ts'`, ALLOWED],
  ['pipelines/a.ts', `import { x } from '../dsl/plan.ts'`, 'pipelines import dsl/index.ts only'],
  ['pipelines/b.ts', `import { x } from '../store/x.ts'`, 'pipelines import dsl/index.ts only'],
  ['pipelines/c.ts', `import { x } from './d.ts'`, 'pipelines import dsl/index.ts only'],
  ['pipelines/d.ts', `import { x } from '../dsl/index.ts'`, ALLOWED],
  ['pipelines/e.ts', `import { x } from 'zod'`, ALLOWED],
  ['workflows/a.ts', `import { x } from 'node:crypto'`, 'workflows import @temporalio/workflow and common only'],
  ['workflows/b.ts', `import { x } from 'zod'`, 'workflows import @temporalio/workflow and common only'],
  ['workflows/c.ts', `import { x } from '@temporalio/client'`, 'workflows import @temporalio/workflow and common only'],
  ['workflows/d.ts', `import { x } from '@scope/name'`, 'workflows import @temporalio/workflow and common only'],
  ['workflows/e.ts', `import { x } from '../dsl/plan.ts'`, 'workflows see only types'],
  ['workflows/f.ts', `import { x } from '../activities/x.ts'`, 'workflows see only types'],
  ['workflows/g.ts', `import type { x } from '../store/x.ts'`, 'workflows see types of dsl and activities only'],
  ['workflows/h.ts', `import type { x } from '../dsl/plan.ts'`, ALLOWED],
  ['workflows/i.ts', `import type { x } from '../activities/x.ts'`, ALLOWED],
  ['workflows/j.ts', `import { x } from '@temporalio/workflow'`, ALLOWED],
  ['workflows/k.ts', `import { x } from './i.ts'`, ALLOWED],
  ['store/a.ts', `import { x } from '../activities/x.ts'`, 'store, data, features and stats stand on dsl'],
  ['data/a.ts', `import { x } from '../config/x.ts'`, 'store, data, features and stats stand on dsl'],
  ['features/a.ts', `import { x } from '../serving/x.ts'`, 'store, data, features and stats stand on dsl'],
  ['data/b.ts', `import { x } from '../store/x.ts'`, ALLOWED],
  ['stats/a.ts', `import { x } from '../store/x.ts'`, 'stats are pure functions'],
  ['stats/b.ts', `import { x } from 'node:fs'`, 'stats are pure functions'],
  ['activities/a.ts', `import { x } from '../worker/x.ts'`, 'activities, serving and console stand on'],
  ['activities/b.ts', `import { x } from '../config/x.ts'`, 'activities, serving and console stand on'],
  ['activities/c.ts', `import { x } from '../store/x.ts'`, ALLOWED],
  ['serving/a.ts', `import { x } from '../cli/x.ts'`, 'activities, serving and console stand on'],
  ['console/a.ts', `import { x } from '../activities/x.ts'`, 'activities, serving and console stand on'],
  ['config/a.ts', `import { x } from '../cli/x.ts'`, 'config is read by worker and cli'],
  ['worker/a.ts', `import { x } from '../cli/x.ts'`, 'worker composes'],
  ['worker/b.ts', `import { x } from '../config/x.ts'`, ALLOWED],
  ['cli/a.ts', `import { x } from '../worker/main.ts'`, 'nobody imports worker'],
  ['bench/a.ts', `import { x } from '../worker/main.ts'`, 'nobody imports worker'],
  ['test/cli/a.ts', `import { x } from '../../worker/main.ts'`, 'nobody imports worker'],
  ['cli/dev/b.ts', `import { x } from '../../config/x.ts'`, ALLOWED],
  ['setup/a.mjs', `import { x } from 'zod'`, 'node built-ins only'],
  ['setup/b.mjs', `import { x } from 'node-fetch'`, 'node built-ins only'],
  ['setup/c.mjs', `import { x } from '../cli/x.ts'`, 'node built-ins only'],
  ['setup/d.mjs', `import { x } from 'node:fs'`, ALLOWED],
  ['setup/e.mjs', `import { x } from './d.mjs'`, ALLOWED],
]

const report = z.object({
  diagnostics: z.array(
    z.object({ code: z.string().optional(), filename: z.string(), help: z.string().optional(), message: z.string() }),
  ),
})

let root: string
let found: Map<string, string>

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'anneal-lint-'))
  await copyFile(join(repository, '.oxlintrc.json'), join(root, '.oxlintrc.json'))
  await Promise.all(imports.map(([file, statement]) => plant(file, statement)))
  found = await breaches()
})

afterAll(() => rm(root, { recursive: true, force: true }))

test.each(imports)('%s with %s is answered by: %s', (file, _, answer) => {
  expect(found.get(file) ?? ALLOWED).toContain(answer)
})

test('every folder that imports has a rule, so a folder cannot be forgotten', async () => {
  const { overrides } = z
    .object({ overrides: z.array(z.object({ files: z.array(z.string()) })) })
    .parse(JSON.parse(await readFile(join(root, '.oxlintrc.json'), 'utf8')))
  const { include } = z
    .object({ include: z.array(z.string()) })
    .parse(JSON.parse(await readFile(join(repository, 'tsconfig.json'), 'utf8')))
  const ruled = new Set(overrides.flatMap(({ files }) => files).map((glob) => glob.split('/')[0]))
  expect(include.filter((folder) => !ruled.has(folder) && !folder.endsWith('.ts'))).toEqual([])
})

async function plant(file: string, statement: string): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true })
  const type = statement.startsWith('import type')
  await writeFile(join(root, file), `${statement}\nexport ${type ? 'type y = x' : 'const y = x'}\n`)
}

function breaches(): Promise<Map<string, string>> {
  const oxlint = join(repository, 'node_modules/oxlint/bin/oxlint')
  return new Promise((done, failed) => {
    execFile(process.execPath, [oxlint, '--format=json', '.'], { cwd: root }, (_, stdout, stderr) => {
      const parsed = report.safeParse(tryJson(stdout))
      if (!parsed.success) return failed(new Error(`oxlint: expected a report, got '${stdout}${stderr}'`))
      const own = parsed.data.diagnostics.filter(({ code }) => code?.includes('no-restricted-imports'))
      done(new Map(own.map(({ filename, message, help }) => [filename, `${message} ${help ?? ''}`])))
    })
  })
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
