import { mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pythonEnvironments } from '../../activities/children/python-environment.ts'
import { ActivityError } from '../../activities/errors.ts'
import { findPython } from '../../activities/children/system-python.ts'
import { findUv, runTool, UV_VERSION } from '../../activities/children/uv.ts'
import type { CodeUnit } from '../../activities/children/unit.ts'
import { ownIdentity } from '../../store/process-identity.ts'
import { aCall, aPool, aScript, temporaryFolder } from './code-units.ts'

const SIX = 'six==1.17.0 --hash=sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274\n'
const PROJECT = '[project]\nname = "unit"\nversion = "0"\nrequires-python = ">=3.10"\ndependencies = ["six==1.17.0"]\n'
const SOURCE = 'import six, sys\ndef run(input, context):\n    return {"six": six.__version__, "prefix": sys.prefix}'

const UV = `uv-${UV_VERSION}`
let fetched = ''

beforeAll(async () => {
  fetched = await mkdtemp(join(tmpdir(), 'anneal-uv-'))
  await findUv({ cacheFolder: fetched, python: await findPython() })
  // Where uv is on PATH nothing is fetched.
  await mkdir(join(fetched, UV), { recursive: true })
})

afterAll(() => rm(fetched, { recursive: true, force: true }))

// These fetch uv and one small package from the package index that is set up on this machine.

test('a script runs with the packages of its requirements.txt, in an environment made once', async () => {
  const [pool, cacheFolder] = [await aPool(), await aCache()]
  const environments = pythonEnvironments(cacheFolder)
  const units = await Promise.all(['# one', '# two'].map((line) => aPythonUnit(`${SOURCE}\n${line}`, SIX)))
  const interpreters = await Promise.all(units.map(({ folder }) => environments(folder)))
  expect(new Set(interpreters).size).toBe(1)
  expect(await readdir(join(cacheFolder, 'python'))).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)])
  const [[unit], [python]] = [units, interpreters]
  if (unit === undefined || python === undefined) throw new Error('expected an environment')
  const child = await pool.acquire({ ...unit, python })
  const prefix = expect.stringContaining(cacheFolder) as string
  expect(await child.run(await aCall())).toEqual({ six: '1.17.0', prefix })
})

test('a script runs with the packages of its uv.lock', async () => {
  const [unit, cacheFolder] = [await aPythonUnit(SOURCE), await aCache()]
  await writeFile(join(unit.folder, 'pyproject.toml'), PROJECT)
  const uv = await findUv({ cacheFolder, python: await findPython() })
  await runTool(uv, ['lock', '--quiet', '--project', unit.folder], { subject: 'lock file', folder: unit.folder })
  const python = await pythonEnvironments(cacheFolder)(unit.folder)
  if (python === undefined) throw new Error('expected an environment')
  const child = await (await aPool()).acquire({ ...unit, python })
  expect(await child.run(await aCall())).toMatchObject({ six: '1.17.0' })
})

test('what processes left of building it is removed, and what they build is not', async () => {
  const [cacheFolder, { folder }] = [await aCache(), await aPythonUnit(SOURCE, SIX)]
  const environments = join(cacheFolder, 'python')
  await pythonEnvironments(cacheFolder)(folder)
  const [key = ''] = await readdir(environments)
  const [dead, foreign] = [
    `${key}~${ownIdentity().host.replaceAll(':', '+')}~1~long-ago`,
    `${key}~elsewhere~1~long-ago`,
  ]
  await rename(join(environments, key), join(environments, dead))
  await mkdir(join(environments, foreign))
  await pythonEnvironments(cacheFolder)(folder)
  expect(await readdir(environments)).toEqual([key, foreign])
})

test('an environment whose Python is gone is made anew, also where it was used before', async () => {
  const [cacheFolder, { folder }] = [await aCache(), await aPythonUnit(SOURCE, SIX)]
  const environmentOf = pythonEnvironments(cacheFolder)
  const python = (await environmentOf(folder)) ?? ''
  // Linked to a Python that has been removed since, as after an upgrade of it.
  await rm(python)
  await symlink(join(folder, 'gone'), python)
  expect(await environmentOf(folder)).toBe(python)
  await runTool(python, ['-c', 'import six'], { subject: 'six', folder })
  expect(await readdir(join(cacheFolder, 'python'))).toHaveLength(1)
})

test('two makers in one process build aside of each other, and one environment is there', async () => {
  const [cacheFolder, { folder }] = [await aCache(), await aPythonUnit(SOURCE, SIX)]
  const makers = [pythonEnvironments(cacheFolder), pythonEnvironments(cacheFolder)]
  const [one = '', other] = await Promise.all(makers.map((environmentOf) => environmentOf(folder)))
  expect(other).toBe(one)
  await runTool(one, ['-c', 'import six'], { subject: 'six', folder })
  expect(await readdir(join(cacheFolder, 'python'))).toHaveLength(1)
})

test.each([
  ['six>=1', '"six>=1"'],
  ['six==1.*', '"six==1.*"'],
  ['six==1.17.0\nnumpy', '"numpy"'],
  ['-r other.txt', '"-r other.txt"'],
  ['git+https://example.org/six.git', '"git+https://example.org/six.git"'],
])('the requirement %j is refused, since tomorrow it may be another package', async (requirements, got) => {
  const { folder } = await aPythonUnit(SOURCE, requirements)
  const making = pythonEnvironments(await aCache())(folder)
  await expect(making).rejects.toMatchObject({
    code: 'environment-failed',
    retry: false,
    message: `requirements.txt: expected every package as name==version, got ${got}; make it by "uv pip compile"`,
  })
})

test('a package whose content is not the one pinned leaves no environment', async () => {
  const cacheFolder = await aCache()
  const { folder } = await aPythonUnit(SOURCE, SIX.replace('4721', '0000'))
  const error = await pythonEnvironments(cacheFolder)(folder).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(ActivityError)
  expect(error).toMatchObject({ code: 'environment-failed', retry: true })
  expect(String(error)).toMatch(/Python environment of "requirements\.txt": expected it to be installed, got: .*six/s)
  expect(String(error)).not.toContain(cacheFolder)
  expect(await readdir(join(cacheFolder, 'python'))).toEqual([])
})

test('a script without a lock file sees no package of the machine', async () => {
  const { folder } = await aPythonUnit('def run(input, context): pass')
  expect(await pythonEnvironments(await aCache())(folder)).toBeUndefined()
})

/** An empty cache but for uv, which is fetched once for all tests. */
async function aCache(): Promise<string> {
  const folder = await temporaryFolder()
  await symlink(join(fetched, UV), join(folder, UV))
  return folder
}

async function aPythonUnit(
  source: string,
  requirements?: string,
): Promise<Extract<CodeUnit, { readonly language: 'python' }>> {
  const unit = await aScript(source)
  if (unit.language !== 'python') throw new Error('expected a Python unit')
  if (requirements !== undefined) await writeFile(join(unit.folder, 'requirements.txt'), requirements)
  return unit
}
