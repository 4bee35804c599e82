import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import type { ScriptUnit } from '../../dsl/step.ts'
import type { PackSource } from '../../store/pack.ts'
import { CliError } from '../errors.ts'
import { shownPath, type Project } from './project.ts'

export interface LocatedFile {
  /** As the pipeline names it. */
  readonly name: string
  /** Absolute. */
  readonly path: string
}

/** What is packed for one Python step. */
export interface LocatedScript {
  readonly unit: string
  /** The script is one of the files. */
  readonly sources: readonly PackSource[]
}

/** The files that a pipeline refers to by `file(…)`. Throws `packed-file-missing`. */
export function locateFiles(
  names: readonly string[],
  pipelineFile: string,
  project: Project,
): Promise<readonly LocatedFile[]> {
  return Promise.all(
    names.map(async (name) => {
      const path = resolve(dirname(pipelineFile), name)
      await expectFile(path, { code: 'packed-file-missing', subject: `file "${name}"`, pipelineFile, project })
      return { name, path }
    }),
  )
}

/** A script goes with its whole folder where that is a Python project, else by itself. Throws `script-missing`. */
export function locateScripts(
  units: readonly ScriptUnit[],
  pipelineFile: string,
  project: Project,
): Promise<readonly LocatedScript[]> {
  return Promise.all(
    units.map(async ({ name, script }) => {
      const path = resolve(dirname(pipelineFile), script)
      const subject = `python "${name}": script "${script}"`
      await expectFile(path, { code: 'script-missing', subject, pipelineFile, project })
      const folder = dirname(path)
      const beside = await readdir(folder)
      const whole = beside.some((entry) => PYTHON_PROJECT.has(entry))
      return { unit: name, sources: [{ folder, paths: whole ? await filesUnder(folder) : [basename(path)] }] }
    }),
  )
}

/** The shipped training programs, each a folder of the engine's own and what all have in common. Throws `trainer-missing`. */
export function locateTrainers(programs: readonly string[]): Promise<readonly LocatedScript[]> {
  return Promise.all(
    programs.map(async (program) => {
      const folders = [COMMON, join(TRAINERS, program)]
      const sources = await Promise.all(
        folders.map(async (folder) => ({ folder, paths: await filesUnder(folder).catch(() => []) })),
      )
      if (sources.every(({ paths }) => paths.length > 0)) return { unit: `trainer:${program}`, sources }
      const shipped = (await readdir(TRAINERS)).filter((name) => name !== basename(COMMON))
      throw new CliError('trainer-missing', {
        message: `trainer "${program}" does not come with this version of anneal`,
        expected: `one of ${shipped.toSorted().join(', ')}`,
        got: program,
        remedy: 'train by another one: change the `trainer` of the model',
      })
    }),
  )
}

const TRAINERS = join(import.meta.dirname, '../../trainers')
const COMMON = join(TRAINERS, 'common')

const PYTHON_PROJECT: ReadonlySet<string> = new Set(['pyproject.toml', 'uv.lock', 'requirements.txt'])

/** What Python and its tools make again by themselves. */
const REMADE = /^(?:__pycache__|\.venv|\.git|\.(?:mypy|pytest|ruff)_cache|\.ipynb_checkpoints|.*\.py[co])$/

async function filesUnder(folder: string, root: string = folder): Promise<readonly string[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).filter(({ name }) => !REMADE.test(name))
  const files = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? filesUnder(path, root) : [relative(root, path)]
    }),
  )
  return files.flat()
}

interface Expectation {
  readonly code: 'packed-file-missing' | 'script-missing'
  readonly subject: string
  readonly pipelineFile: string
  readonly project: Project
}

async function expectFile(path: string, { code, subject, pipelineFile, project }: Expectation): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile()) return
  const got = found === undefined ? 'nothing' : 'a folder'
  throw new CliError(code, {
    message: `${subject}: expected a file at ${shownPath(path, project)}, got ${got}`,
    where: shownPath(pipelineFile, project),
    expected: 'the path of a file, relative to the pipeline file',
    got,
    remedy: found === undefined ? 'correct the path or add the file' : 'name the file itself',
  })
}
