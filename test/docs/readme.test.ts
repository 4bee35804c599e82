import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

test('the pipeline in the README is the file it names', () => {
  const block = /```ts\n(.*?)```/s.exec(readme)?.[1]
  expect(block).toBe(readFileSync(join(root, 'pipelines/flight-delay.ts'), 'utf8'))
})

const documents = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

test.each(documents)('every test, document and figure that %s points to is there', (document) => {
  const text = readFileSync(join(root, document), 'utf8')
  const named = [...text.matchAll(/`((?:test|pipelines|activities|config|features|trainers)\/[\w./-]+)`/g)].map(
    ([, path]) => join(root, path ?? ''),
  )
  const linked = [...text.matchAll(/\]\(([\w./-]+)\)/g)].map(([, path]) => join(root, dirname(document), path ?? ''))
  expect([...named, ...linked].filter((path) => !existsSync(path))).toEqual([])
})
