import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'

const locked = z.object({ optionalDependencies: z.record(z.string(), z.string()).default({}) })

// npm leaves out what a registry does not have, such as binaries for other platforms on a partial mirror, and
// `npm ci` then refuses the file.
test('the lock file has every optional package that a dependency names, so npm ci accepts it', () => {
  const text = readFileSync(resolve(import.meta.dirname, '../../package-lock.json'), 'utf8')
  const { packages } = z.object({ packages: z.record(z.string(), locked) }).parse(JSON.parse(text))
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
    ),
  )
  expect(missing).toEqual([])
})

test.each(['trainers/tabular', 'trainers/torch', 'pipelines/loan-approval', 'python'])(
  'the lock file of %s names no package index of the machine that made it',
  (folder) => {
    const text = readFileSync(resolve(import.meta.dirname, '../..', folder, 'uv.lock'), 'utf8')
    const hosts = new Set(Array.from(text.matchAll(/https?:\/\/[^/"]*/g), ([host]) => host))
    expect([...hosts].toSorted()).toEqual(['https://files.pythonhosted.org', 'https://pypi.org'])
  },
)
