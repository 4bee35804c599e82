import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const REPOSITORY = join(import.meta.dirname, '../..')

const PARTS = ['activities', 'cli', 'config', 'console', 'data', 'dsl', 'features', 'pipelines', 'serving', 'setup']
const MORE = ['stats', 'store', 'trainers', 'worker', 'workflows', 'package.json', 'tsconfig.pipelines.json']

export const OLDER = '0.0.9'

/**
 * This engine once more, as if of an older version, whose runs end with a timer: they do not replay here from there on.
 * Answers how to run a program of it.
 */
export async function anOlderEngine(folder: string): Promise<(file: string) => readonly [string, ...string[]]> {
  await mkdir(join(folder, 'node_modules'), { recursive: true })
  await Promise.all([
    ...[...PARTS, ...MORE].map((part) => cp(join(REPOSITORY, part), join(folder, part), { recursive: true })),
    ...(await readdir(join(REPOSITORY, 'node_modules')))
      .filter((name) => !name.startsWith('.'))
      .map((name) => symlink(join(REPOSITORY, 'node_modules', name), join(folder, 'node_modules', name))),
  ])
  await edit(join(folder, 'package.json'), /"version": ".*"/, `"version": "${OLDER}"`)
  const run = join(folder, 'workflows/run-pipeline.ts')
  await edit(run, '  setHandler,\n', '  setHandler,\n  sleep,\n')
  await edit(run, '  return conclude(input, run)\n', '  await sleep(1)\n  return conclude(input, run)\n')
  return (file) => [process.execPath, join(folder, 'setup/run.mjs'), file]
}

async function edit(file: string, from: string | RegExp, to: string): Promise<void> {
  const text = await readFile(file, 'utf8')
  const edited = text.replace(from, to)
  if (edited === text) throw new Error(`${file}: expected ${String(from)} in it, got none`)
  await writeFile(file, edited)
}
