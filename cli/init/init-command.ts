import { cp, mkdir, readdir, writeFile } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import { errnoOf } from '../../store/errors.ts'
import { CliError } from '../errors.ts'
import { engineDependency } from './engine-dependency.ts'
import { projectFiles, projectName } from './project-files.ts'

const ENGINE = join(import.meta.dirname, '../..')
const EXAMPLE = join(import.meta.dirname, 'project')

/** `anneal init DIR`: lays a project with one pipeline that runs. Throws CliError `init-refused`, `tool-missing`. */
export async function initCommand(dir: string): Promise<void> {
  const folder = resolve(dir)
  await makeEmpty(folder, dir)
  const dependency = await engineDependency(ENGINE, folder)
  const files = projectFiles({ name: projectName(basename(folder)), dependency })
  await cp(EXAMPLE, folder, { recursive: true })
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)))
  process.stdout.write(nextSteps(folder))
}

/** A repository without a file is as good as an empty folder. */
async function makeEmpty(folder: string, shown: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
  } catch (error) {
    throw refused(shown, errnoOf(error) === 'EEXIST' ? 'a file' : `${errnoOf(error) ?? 'an error'} when it was made`)
  }
  const [first, ...more] = (await readdir(folder)).filter((name) => name !== '.git')
  if (first !== undefined) throw refused(shown, `"${first}"${more.length > 0 ? ` and ${more.length} more` : ''} in it`)
}

function refused(shown: string, got: string): CliError {
  const expected = 'a folder that is empty, or not there'
  const remedy = 'name another folder; nothing was written'
  return new CliError('init-refused', {
    message: `"${shown}": expected ${expected}, got ${got}`,
    expected,
    got,
    remedy,
  })
}

function nextSteps(folder: string): string {
  const place = relative(process.cwd(), folder)
  const lines = [
    ...(place === '' ? [] : [`cd ${place}`]),
    'npm install',
    'npx anneal dev                       # leave it running',
    'npx anneal run pipelines/visits.ts   # in another terminal',
  ]
  return `a project with one pipeline is there; next:\n\n${lines.map((line) => `  ${line}\n`).join('')}`
}
