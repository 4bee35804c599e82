import { describe, expect, it } from 'vitest'
import { typeChecked } from './type-checked.ts'

const PREAMBLE = [
  `import { best, each, file, localFile, parameter, pipeline, python, task, z } from 'anneal'`,
  `const N = z.object({ n: z.number() })`,
  `const load = task('load', { input: z.object({}), output: z.object({ rows: z.int(), source: z.string().nullable(), folds: z.array(z.int()) }), run: () => ({ rows: 1, source: null, folds: [] }) })`,
  `const fit = python('fit', { script: 'fit.py', input: z.object({ depth: z.int(), kind: z.enum(['a', 'b']).default('a') }), output: z.object({ auc: z.number(), name: z.string() }) })`,
  `const open = task('open', { input: z.object({ data: localFile() }), output: N, run: () => ({ n: 1 }) })`,
  `const loaded = load({})`,
  `const { rows, source, folds } = loaded.output`,
]

/** What an author writes by mistake, and what the compiler says. The message is the user interface. */
const MISUSES: readonly string[] = [
  `fit({ depth: source })`,
  `fit({ depth: '3' })`,
  `fit({ dept: 3 })`,
  `fit({})`,
  `fit(loaded.output)`,
  `fit({ depth: loaded })`,
  `fit({ depth: loaded.output.rowcount })`,
  `fit({ depth: 3, kind: 'c' })`,
  `open({ data: 'rows.csv' })`,
  `rows + 1`,
  `if (rows > 3) fit({ depth: 1 })`,
  `folds.length`,
  `each(rows, () => fit({ depth: 1 }))`,
  `each(['x'], (depth) => fit({ depth }))`,
  `best([fit({ depth: 1 }), fit({ depth: 2 })], { by: 'name', prefer: 'higher' })`,
  `best([fit({ depth: 1 }), fit({ depth: 2 })], { by: 'auc', prefer: 'more' })`,
  `best([fit({ depth: 1 }), loaded], { by: 'auc', prefer: 'higher' })`,
  `task('a', { input: z.object({ at: z.date() }), output: N, run: () => ({ n: 1 }) })`,
  `task('a', { input: N, output: N, run: () => ({ n: '1' }) })`,
  `task('a', { input: N, output: N, run: ({ m }) => ({ n: m }) })`,
  `task('a', { input: N, output: N, run: () => ({ n: 1 }), timeout: 30 })`,
  `task('a', { input: N, output: N, run: () => ({ n: 1 }), retries: 3 })`,
  `python('a', { input: N, output: N })`,
  `parameter('depth', z.int(), 'three')`,
  `pipeline('a', { steps: [fit] })`,
  `pipeline('a', { steps: [rows] })`,
  `pipeline('a', { step: [loaded] })`,
]

describe('the compiler', () => {
  it('names the cause of each misuse, and finds no fault elsewhere', async () => {
    const { messages } = await typeChecked([...PREAMBLE, ...MISUSES].join('\n'))
    const said = MISUSES.map((code, index) => `${code}\n${indented(messages.get(PREAMBLE.length + index + 1))}\n`)
    await expect(said.join('\n')).toMatchFileSnapshot('misuse.snap')
    expect([...messages.keys()].filter((line) => line <= PREAMBLE.length)).toEqual([])
  }, 60_000)
})

function indented(message = 'nothing'): string {
  return message.replaceAll(/^/gm, '    ')
}
