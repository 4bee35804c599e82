import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CATALOGUE, cataloguePage } from '../../cli/explain/catalogue.ts'

const root = join(import.meta.dirname, '../..')

test('docs/errors.md is what write-page.ts writes', () => {
  expect(readFileSync(join(root, 'docs/errors.md'), 'utf8')).toBe(cataloguePage())
})

test.each(Object.entries(CATALOGUE))(
  '%s: says why and what to do, each as part of a sentence',
  (_, { cause, remedy }) => {
    for (const text of [cause, remedy]) expect(text).not.toMatch(/\.$|^[A-Z]|^\s|\s$/)
    expect(cause.length).toBeGreaterThan(15)
    expect(remedy.length).toBeGreaterThan(5)
  },
)
