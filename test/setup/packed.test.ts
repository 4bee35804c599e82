import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ownEnvironment, startAnneal, withWorker } from '../cli/commands/anneal.ts'
import { installPackage } from './installed-package.ts'

/** Not in this repository, whose packages would be found from it. */
async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'anneal-packed-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

test('a project laid by init runs to its end on the packed package, and that lays another one', async () => {
  const [folder, env] = [await freshFolder(), ownEnvironment()]
  const laid = await startAnneal(['init', 'demo'], { cwd: folder, env }).said
  expect(laid).toMatchObject({ code: 0, stderr: '' })

  const cwd = join(folder, 'demo')
  const { anneal } = dependenciesIn(await readFile(join(cwd, 'package.json'), 'utf8'))
  await installPackage(join(cwd, anneal?.replace('file:', '') ?? ''), cwd)
  const program = [join(cwd, 'node_modules/anneal/setup/anneal.mjs')]
  const start = (args: readonly string[]) => startAnneal(args, { cwd, env, program })
  expect((await readdir(join(cwd, 'node_modules/anneal'))).filter((name) => /test|bench|shared/.test(name))).toEqual([])

  await withWorker({ start })
  const run = await start(['run', 'pipelines/visits.ts']).said
  expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('"mae_visits": 1') })
  expect(run.stderr).toMatch(/completed in .*: 3 ran, 0 reused/)

  expect((await start(['init', '../other']).said).code).toBe(0)
  const own = new Set(['node_modules', '.anneal'])
  const laidAgain = await readdir(join(folder, 'other'))
  expect(laidAgain.toSorted()).toEqual((await readdir(cwd)).filter((name) => !own.has(name)).toSorted())
}, 120_000)

test('init leaves a folder that is not empty as it is', async () => {
  const [cwd, env] = [await freshFolder(), ownEnvironment()]
  await writeFile(join(cwd, 'notes.txt'), 'mine')
  const inFull = await startAnneal(['init', '.'], { cwd, env }).said
  const onFile = await startAnneal(['init', 'notes.txt'], { cwd, env }).said
  expect([inFull.code, onFile.code]).toEqual([2, 2])
  expect(inFull.stderr).toContain('init-refused: ".": expected a folder that is empty, or not there, got "notes.txt"')
  expect(onFile.stderr).toContain('got a file')
  expect(await readdir(cwd)).toEqual(['notes.txt'])
  expect(existsSync(join(cwd, 'vendor'))).toBe(false)
})

function dependenciesIn(manifest: string): Readonly<Record<string, string>> {
  return (JSON.parse(manifest) as { readonly dependencies: Record<string, string> }).dependencies
}
