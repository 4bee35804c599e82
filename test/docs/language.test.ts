import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { check } from '../../dsl/check.ts'
import { METRICS } from '../../dsl/metrics.ts'
import type { Pipeline } from '../../dsl/pipeline.ts'
import { typeChecked } from '../dsl/steps/type-checked.ts'

const root = join(import.meta.dirname, '../..')
const text = readFileSync(join(root, 'docs/language.md'), 'utf8')
const IMPORTED = `'../dsl/index.ts'`

/** The examples as one module, each on the lines that it has in the document. */
function program(): string {
  let inside = false
  const lines = text.split('\n').map((line) => {
    const fence = line.startsWith('```')
    if (fence) inside = line === '```ts'
    return inside && !fence ? line : ''
  })
  return lines.join('\n')
}

test('the examples of the language compile, each on its line of docs/language.md', async () => {
  const { messages, instantiations } = await typeChecked(program().replaceAll(IMPORTED, "'anneal'"))
  expect(Object.fromEntries(messages)).toEqual({})
  expect(instantiations).toBeGreaterThan(1000)
})

test('the pipelines of its examples break no rule', async () => {
  const parent = join(root, '.anneal')
  await mkdir(parent, { recursive: true })
  const folder = await mkdtemp(join(parent, 'test-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'language.ts')
  await writeFile(path, program().replaceAll(IMPORTED, `'${join(root, 'dsl/index.ts')}'`))
  // The document's own exports.
  const module = (await import(path)) as { readonly default: Pipeline; readonly steps: Pipeline }
  expect([check(module.default), check(module.steps)]).toEqual([[], []])
  expect(module.default.lifecycle).toBeDefined()
})

test('the page has every word that the language exports', () => {
  const index = readFileSync(join(root, 'dsl/index.ts'), 'utf8')
  const exported = [...index.matchAll(/^export \{ (.*) \}/gm)].flatMap(([, names = '']) => names.split(', '))
  const words = exported.filter((name) => !name.startsWith('type '))
  expect(words.length).toBeGreaterThan(30)
  const metrics = Object.values(METRICS).flatMap((metric) => Object.keys(metric))
  expect([...words, ...metrics].filter((word) => !new RegExp(`\\b${word}\\b`).test(text))).toEqual([])
})
