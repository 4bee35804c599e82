import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ActivityError } from '../errors.ts'
import { buildFolder } from './build-folder.ts'
import { findPython, type Python } from './system-python.ts'
import { findUv, runTool, UV_VERSION } from './uv.ts'

/** What says which packages a unit needs; nothing else does. */
type Lock =
  { readonly kind: 'uv.lock'; readonly text: string } | { readonly kind: 'requirements.txt'; readonly text: string }

/** Links to the Python that the environment was made with. */
const INTERPRETER = join('bin', 'python')

/**
 * Answers, for a unit's unpacked folder, the interpreter of the environment that its `uv.lock` (with its
 * `pyproject.toml`) or `requirements.txt` asks for; `undefined` where it has neither. An environment is made at its
 * first use in `<cacheFolder>/python/<key>`, where the key is that of the lock file, Python's version and the machine's
 * kind. Calls at once make it once; of two processes the first one's stays; one whose Python is gone is made anew. Wheels only: installing runs no code of a
 * package. Throws `environment-failed`, `python-missing`.
 */
export function pythonEnvironments(cacheFolder: string): (folder: string) => Promise<string | undefined> {
  const making = new Map<string, Promise<void>>()
  const found = new Map<string, string>()
  let python: Python | undefined

  async function interpreterOf(folder: string): Promise<string | undefined> {
    const lock = await readLock(folder)
    if (lock === undefined) return undefined
    python ??= await findPython()
    const target = targetOf({ cacheFolder, lock, python })
    const interpreter = join(target, INTERPRETER)
    if (!existsSync(interpreter)) await makeOnce({ folder, cacheFolder, lock, python, target })
    found.set(folder, interpreter)
    return interpreter
  }

  function makeOnce(environment: Making): Promise<void> {
    const { target } = environment
    const made = making.get(target) ?? make(environment).finally(() => making.delete(target))
    making.set(target, made)
    return made
  }

  return async (folder) => {
    const known = found.get(folder)
    return known !== undefined && existsSync(known) ? known : interpreterOf(folder)
  }
}

/** Whether this machine has the environment of `folder` already. Makes nothing. Throws `python-missing`. */
export async function hasPythonEnvironment(cacheFolder: string, folder: string): Promise<boolean> {
  const lock = await readLock(folder)
  if (lock === undefined) return false
  return existsSync(join(targetOf({ cacheFolder, lock, python: await findPython() }), INTERPRETER))
}

interface Environment {
  readonly cacheFolder: string
  readonly lock: Lock
  readonly python: Python
}

function targetOf({ cacheFolder, lock, python }: Environment): string {
  return join(cacheFolder, 'python', keyOf(lock, python))
}

interface Making extends Environment {
  readonly folder: string
  readonly target: string
}

async function make({ cacheFolder, python, target, lock, folder }: Making): Promise<void> {
  const uv = await findUv({ cacheFolder, python })
  const subject = `Python environment of "${lock.kind}"`
  const build = async (temporary: string): Promise<void> => {
    const venv = ['venv', '--quiet', '--no-project', '--relocatable', '--python', python.executable, temporary]
    await runTool(uv, venv, { subject, folder })
    for (const args of installs(lock, { folder, temporary })) {
      await runTool(uv, args, { subject, folder, environment: { UV_PROJECT_ENVIRONMENT: temporary } })
    }
  }
  await buildFolder(target, { proof: INTERPRETER, build })
}

/** uv's calls. Bytecode is made here, since children write none. */
function installs(
  lock: Lock,
  { folder, temporary }: { readonly folder: string; readonly temporary: string },
): readonly (readonly string[])[] {
  const shared = ['--quiet', '--no-build', '--compile-bytecode', '--no-python-downloads']
  if (lock.kind === 'uv.lock') {
    return [['sync', '--frozen', '--no-dev', '--no-install-project', '--project', folder, ...shared]]
  }
  const hashes = lock.text.includes('--hash') ? ['--require-hashes'] : []
  const python = ['--python', join(temporary, INTERPRETER)]
  return [
    ['pip', 'sync', ...python, ...hashes, ...shared, join(folder, lock.kind)],
    ['pip', 'check', '--quiet', ...python],
  ]
}

async function readLock(folder: string): Promise<Lock | undefined> {
  const [lock, project, requirements] = await Promise.all(
    ['uv.lock', 'pyproject.toml', 'requirements.txt'].map((name) => readOrUndefined(join(folder, name))),
  )
  if (lock !== undefined && project !== undefined) return { kind: 'uv.lock', text: `${project}\0${lock}` }
  if (requirements === undefined) return undefined
  refuseUnpinned(requirements)
  return { kind: 'requirements.txt', text: requirements }
}

/** What is not pinned would be another environment tomorrow. */
function refuseUnpinned(requirements: string): void {
  const lines = requirements.replaceAll(/\\\r?\n/g, ' ').split(/\r?\n/)
  const found = lines.find(
    (line) => !/^\s*(#.*)?$/.test(line) && !/^\s*(--hash\b|[\w.[\],-]+\s*===?\s*[\w.+!-]+(\s|;|$))/.test(line),
  )
  if (found === undefined) return
  const got = JSON.stringify(found.trim().slice(0, 64))
  const message = `requirements.txt: expected every package as name==version, got ${got}; make it by "uv pip compile"`
  throw new ActivityError('environment-failed', { message, retry: false })
}

function keyOf({ kind, text }: Lock, { version }: Python): string {
  const parts = [kind, text, version, process.platform, process.arch, UV_VERSION]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)
}

async function readOrUndefined(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return undefined
  }
}
