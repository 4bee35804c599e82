import { build } from 'esbuild'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { Call } from '../../activities/children/child.ts'
import { ChildPool, type ChildPoolOptions } from '../../activities/children/pool.ts'
import type { CodeUnit } from '../../activities/children/unit.ts'

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url))

/** An empty folder that goes when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'anneal-children-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A pool that is closed when the test ends. */
export async function aPool(options: Partial<ChildPoolOptions> = {}): Promise<ChildPool> {
  const pool = new ChildPool({ folder: await temporaryFolder(), maxIdle: 4, ...options })
  onTestFinished(() => pool.close())
  return pool
}

/** A TypeScript unit as the CLI makes it. `run`: the function's source. */
export async function aTask({
  run,
  input = 'z.any()',
  output = 'z.any()',
  before = '',
}: {
  readonly run: string
  readonly input?: string
  readonly output?: string
  readonly before?: string
}): Promise<CodeUnit> {
  const folder = await temporaryFolder()
  const source = `import { z } from 'zod'\n${before}\nexport default {\ninput: ${input},\noutput: ${output},\nrun: ${run} }`
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: REPOSITORY, sourcefile: 'task.ts', loader: 'ts' },
    // As the CLI does it: sources are named from the project's folder.
    outdir: REPOSITORY,
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    minifyWhitespace: true,
    sourcemap: 'external',
  })
  const [map, code] = outputFiles
  if (map === undefined || code === undefined) throw new Error('expected a bundle and its map')
  const file = join(folder, 'unit.mjs')
  await writeFile(file, code.contents)
  await writeFile(`${file}.map`, map.contents)
  return { language: 'typescript', digest: sha256(code.contents), file, sourceMap: `${file}.map` }
}

/** A Python unit of one script. */
export async function aScript(
  source: string,
  schemas: { readonly inputSchema?: object; readonly outputSchema?: object } = {},
): Promise<CodeUnit> {
  const folder = await temporaryFolder()
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'script.py'), source)
  return {
    language: 'python',
    digest: sha256(Buffer.from(source)),
    folder,
    script: 'script.py',
    inputSchema: { ...schemas.inputSchema },
    outputSchema: { ...schemas.outputSchema },
  }
}

/** A call with limits that do not matter. */
export async function aCall(call: Partial<Call> = {}): Promise<Call> {
  return {
    step: 'split',
    key: '0'.repeat(64),
    input: {},
    workFolder: await temporaryFolder(),
    memoryMib: 1024,
    timeoutMillis: 60_000,
    seed: 7,
    ...call,
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
