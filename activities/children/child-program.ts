import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleForChild } from './bundle-for-child.ts'
import { writeWhole } from './write-whole.ts'

const ENTRY = fileURLToPath(new URL('./node-child.ts', import.meta.url))

/** What `node-child.ts` consists of; a change of one makes another program. */
const SOURCES = [
  'node-child',
  'node-unit',
  '../../store/process-lifeline',
  'inherited-descriptors',
  'json-output',
  'schema-faults',
  'user-stack',
  'protocol',
]

/** The program of Python children. It needs nothing but Python's own library. */
export const PYTHON_PROGRAM = fileURLToPath(new URL('./python-child.py', import.meta.url))

/** The program of Node children in `folder`, bundled at its first use. */
export async function nodeProgram(folder: string): Promise<string> {
  const path = join(folder, `node-child-${sourceDigest()}.mjs`)
  if (existsSync(path)) return path
  await writeWhole(path, await bundleForChild(ENTRY))
  return path
}

function sourceDigest(): string {
  const hash = createHash('sha256')
  for (const name of SOURCES) hash.update(readFileSync(fileURLToPath(new URL(`./${name}.ts`, import.meta.url))))
  return hash.digest('hex').slice(0, 16)
}
