import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { declaredStages, referencePage } from '../../cli/reference/reference-page.ts'

const root = join(import.meta.dirname, '../..')
const declared = declaredStages().flatMap((stage) => stage.declared)

test('docs/dsl.md is what write-page.ts writes', async () => {
  expect(readFileSync(join(root, 'docs/dsl.md'), 'utf8')).toBe(await referencePage())
})

test('the page has every name that the language exports', () => {
  const index = readFileSync(join(root, 'dsl/index.ts'), 'utf8')
  const exported = [...index.matchAll(/^export (?:type )?\{ (.*) \} from '\./gm)].flatMap(([, names = '']) =>
    names.split(', ').map((name) => name.replace('type ', '')),
  )
  expect(exported.length).toBeGreaterThan(45)
  const names = new Set(declared.map(({ name }) => name))
  expect(exported.filter((name) => !names.has(name))).toEqual([])
})

test.each(declared)('$name says what it is', ({ doc }) => {
  expect(doc).toMatch(/^(?!@internal).{10,}[.`']$/)
})

/** What calls make: authors pass these on and read no field of them. */
const MADE = new Set(['Contract', 'FeatureSet', 'Aggregate', 'Label', 'Model', 'Trainer', 'Pipeline', 'Task', 'Script'])

test.each(declared.filter(({ name }) => !MADE.has(name)))('$name says what each of its options is', (one) => {
  const options = one.members.filter(({ kind, text }) => kind === 'field' && !text.startsWith('type: '))
  expect(options.filter(({ doc }) => doc === '')).toEqual([])
})
