import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

test('the pipeline in the README is the file it names', () => {
  const block = /```ts\n(.*?)```/s.exec(readme)?.[1]
  expect(block).toBe(readFileSync(join(root, 'pipelines/seattle-temperature.ts'), 'utf8'))
})

test('every test, document and figure that the README points to is there', () => {
  const named = [...readme.matchAll(/`((?:test|pipelines)\/[\w./-]+)`|\]\(([\w./-]+)\)/g)].map(
    ([, path, link]) => path ?? link ?? '',
  )
  expect(named.length).toBeGreaterThan(8)
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([])
})
