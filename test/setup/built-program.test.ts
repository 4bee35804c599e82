import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test, vi } from 'vitest'
import { builtProgram } from '../../setup/built-program.mjs'

/** A package with one program of two modules. */
async function aPackage(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'anneal-built-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  await mkdir(join(root, 'words'))
  await writeFile(join(root, 'words/word.ts'), "export const word: string = 'one'\n")
  const program = [
    "import { word } from './words/word.ts'",
    'export const said: string = word',
    'export const folder: string = import.meta.dirname',
    'export const url: string = import.meta.url',
  ]
  await writeFile(join(root, 'program.ts'), `${program.join('\n')}\n`)
  return root
}

interface Exported {
  readonly said: string
  readonly folder: string
  readonly url: string
}

/** The module has the type that `aPackage` writes. */
const load = async (path: string): Promise<Exported> => (await import(pathToFileURL(path).href)) as Exported

test('a program is built once, and finds what lies beside its source', async () => {
  const root = await aPackage()
  const built = await builtProgram(root, 'program.ts')
  expect({ ...(await load(built)) }).toEqual({
    said: 'one',
    folder: root,
    url: pathToFileURL(join(root, 'program.ts')).href,
  })
  expect(await builtProgram(root, 'program.ts')).toBe(built)
})

test('a changed module makes another build, beside the one that processes still load from', async () => {
  const root = await aPackage()
  const before = await builtProgram(root, 'program.ts')
  await writeFile(join(root, 'words/word.ts'), "export const word: string = 'another'\n")
  const after = await builtProgram(root, 'program.ts')
  expect((await load(after)).said).toBe('another')
  expect((await load(before)).said).toBe('one')
})

test('a module that is gone is said by its name, and nothing is kept of the build', async () => {
  const root = await aPackage()
  await builtProgram(root, 'program.ts')
  await rm(join(root, 'words/word.ts'))
  await expect(builtProgram(root, 'program.ts')).rejects.toThrow('Could not resolve "./words/word.ts"')
})

test('a copy of the package, cache and all, runs its own modules', async () => {
  const root = await aPackage()
  await builtProgram(root, 'program.ts')
  const copy = await mkdtemp(join(tmpdir(), 'anneal-built-'))
  onTestFinished(() => rm(copy, { recursive: true, force: true }))
  await cp(root, copy, { recursive: true, preserveTimestamps: true })
  expect((await load(await builtProgram(copy, 'program.ts'))).folder).toBe(copy)
})

test('two processes that build at once both get a whole program', async () => {
  const root = await aPackage()
  const built = await Promise.all([1, 2, 3].map(() => builtProgram(root, 'program.ts')))
  expect(await Promise.all(built.map(async (path) => (await load(path)).said))).toEqual(['one', 'one', 'one'])
  expect(built).toContain(await builtProgram(root, 'program.ts'))
  expect(await readdir(join(root, 'node_modules/.cache/anneal-programs'))).toHaveLength(4)
})

test('where the package cannot be written, a program lies in the user’s cache and finds its packages', async () => {
  const root = await aPackage()
  await writeFile(join(root, 'node_modules'), 'in the way')
  await writeFile(join(root, 'words/word.ts'), "import { z } from 'zod'\nexport const word = z.string().parse('one')\n")
  const cache = join(root, 'cache')
  vi.stubEnv('XDG_CACHE_HOME', cache)
  onTestFinished(() => {
    vi.unstubAllEnvs()
  })
  const built = await builtProgram(root, 'program.ts')
  expect(built.startsWith(join(cache, 'anneal/programs'))).toBe(true)
  expect((await load(built)).said).toBe('one')
  expect(await builtProgram(root, 'program.ts')).toBe(built)
})
