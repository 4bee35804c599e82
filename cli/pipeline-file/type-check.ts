import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fromSystemError } from '../../store/errors.ts'
import { CliError } from '../errors.ts'
import { excerpt } from './excerpt.ts'
import type { Project } from './project.ts'

const STRICT_CONFIG = fileURLToPath(new URL('../../tsconfig.pipelines.json', import.meta.url))
const SHOWN_ERRORS = 10

/**
 * Checks one pipeline file and what it imports under the strict rules of `tsconfig.pipelines.json`.
 * Build information stays in the project's cache, so that a second check reads only what changed.
 * @throws CliError `type-error` with every place, `tool-missing` where the compiler is not installed; StoreError where
 * the state folder cannot be written.
 */
export async function checkTypes(file: string, project: Project): Promise<void> {
  const config = await writeConfig(file, project)
  const { output, passed } = await runCompiler(['-p', config, '--pretty', 'false', '--checkers', '1'], project.root)
  if (passed) return
  const faults = parseFaults(output)
  const [first] = faults
  const places = faults.length === 1 ? 'one error' : `${faults.length} errors`
  const details = await Promise.all(faults.slice(0, SHOWN_ERRORS).map((fault) => describe(fault, project)))
  throw new CliError('type-error', {
    message: first?.text ?? output.trim(),
    ...(first?.place && { where: `${first.place.file}:${first.place.line}:${first.place.column}` }),
    expected: 'a file that type-checks',
    got: faults.length > SHOWN_ERRORS ? `${places}, of which these are the first ${SHOWN_ERRORS}` : places,
    remedy: 'correct the types at the places above',
    details: details.flat(),
  })
}

interface TypeFault {
  readonly place?: { readonly file: string; readonly line: number; readonly column: number }
  readonly code: string
  /** The message's first line. */
  readonly text: string
  /** The lines that explain it. */
  readonly chain: readonly string[]
}

async function writeConfig(file: string, { root, stateFolder }: Project): Promise<string> {
  const name = createHash('sha256').update(file).digest('hex').slice(0, 16)
  const folder = join(stateFolder, 'cache', 'types')
  const config = join(folder, `${name}.json`)
  const text = JSON.stringify({
    extends: STRICT_CONFIG,
    compilerOptions: {
      incremental: true,
      tsBuildInfoFile: join(folder, `${name}.tsbuildinfo`),
      typeRoots: [join(root, 'node_modules', '@types'), ...typeRootsOfEngine()],
    },
    files: [file],
  })
  const present = await readFile(config, 'utf8').catch(() => undefined)
  if (present === text) return config
  try {
    await mkdir(folder, { recursive: true })
    await writeFile(config, text)
  } catch (error) {
    throw fromSystemError(error, 'state folder: file "cache/types"')
  }
  return config
}

const require = createRequire(import.meta.url)

function typeRootsOfEngine(): readonly string[] {
  try {
    return [resolve(dirname(require.resolve('@types/node/package.json')), '..')]
  } catch {
    return []
  }
}

/** The native compiler itself: its launcher in `node_modules/.bin` starts one more Node process, 0.15 s. */
function compilerPath(): string {
  const platform = `@typescript/typescript-${process.platform}-${process.arch}`
  try {
    const besideTypescript = createRequire(require.resolve('typescript/package.json'))
    const folder = dirname(besideTypescript.resolve(`${platform}/package.json`))
    return join(folder, 'lib', process.platform === 'win32' ? 'tsc.exe' : 'tsc')
  } catch (cause) {
    throw new CliError('tool-missing', {
      message: `type check: expected the package "${platform}", got none`,
      remedy: 'run npm ci without --omit=optional',
      cause,
    })
  }
}

function runCompiler(args: readonly string[], cwd: string): Promise<{ output: string; passed: boolean }> {
  const options = { cwd, maxBuffer: 64 * 2 ** 20 }
  return new Promise((settle, reject) => {
    execFile(compilerPath(), args, options, (error, stdout, stderr) => {
      if (error === null || typeof error.code === 'number') settle({ output: stdout + stderr, passed: error === null })
      else reject(error)
    })
  })
}

const FAULT = /^(?:(?<file>.+)\((?<line>\d+),(?<column>\d+)\): )?error (?<code>TS\d+): (?<text>.*)$/

function parseFaults(output: string): readonly TypeFault[] {
  const faults: (TypeFault & { chain: string[] })[] = []
  for (const line of output.split(/\r?\n/)) {
    const { file, line: row, column, code, text } = FAULT.exec(line)?.groups ?? {}
    if (code !== undefined && text !== undefined) {
      const place = file === undefined ? {} : { place: { file, line: Number(row), column: Number(column) } }
      faults.push({ ...place, code, text, chain: [] })
    } else if (line !== '') faults.at(-1)?.chain.push(line)
  }
  return faults
}

async function describe({ place, code, text, chain }: TypeFault, { root }: Project): Promise<readonly string[]> {
  if (place === undefined) return [`${code} ${text}`, ...chain, '']
  const source = await excerpt(resolve(root, place.file), place)
  return [`${place.file}:${place.line}:${place.column} ${code} ${text}`, ...chain, ...source, '']
}
