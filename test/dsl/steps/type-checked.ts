import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

interface TypeCheck {
  /** What the compiler says, by line of the source, the first being 1. Notes stand on lines of their own. */
  readonly messages: ReadonlyMap<number, string>
  /** How much work the types were, on any machine alike. */
  readonly instantiations: number
}

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** Type-checks a module under the repository's settings. It imports the DSL as 'anneal'. */
export async function typeChecked(source: string): Promise<TypeCheck> {
  const folder = await mkdtemp(join(tmpdir(), 'anneal-types-'))
  try {
    await writeFile(join(folder, 'module.mts'), source.replaceAll(`'anneal'`, `'${join(ROOT, 'dsl', 'index.ts')}'`))
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings()))
    return parse(await run(folder))
  } finally {
    await rm(folder, { recursive: true })
  }
}

function settings(): object {
  const typeRoots = [join(ROOT, 'node_modules', '@types')]
  const compilerOptions = { incremental: false, tsBuildInfoFile: null, noUnusedLocals: false, typeRoots }
  return { extends: join(ROOT, 'tsconfig.json'), compilerOptions, include: ['module.mts'] }
}

function run(folder: string): Promise<string> {
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
  const args = [compiler, '--project', folder, '--noEmit', '--pretty', 'false', '--extendedDiagnostics']
  // A refused module ends the compiler with an error; what it printed is the answer.
  return new Promise((resolve) => {
    execFile(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 }, (_, output) => resolve(output))
  })
}

function parse(output: string): TypeCheck {
  const messages = new Map<number, string>()
  let line = 0
  for (const text of output.split('\n')) {
    const [, number, message] = /module\.mts\((\d+),\d+\): error TS\d+: (.*)$/.exec(text) ?? []
    if (number !== undefined) line = Number(number)
    else if (!text.startsWith(' ')) line = 0
    if (line > 0) messages.set(line, [...(messages.get(line)?.split('\n') ?? []), message ?? text].join('\n'))
  }
  return { messages, instantiations: Number(/^Instantiations:\s+(\d+)/m.exec(output)?.[1]) }
}
