import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { Project } from '../../../cli/pipeline-file/project.ts'

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url))

/** The DSL as a file in a folder made here imports it. */
const DSL = join(REPOSITORY, 'dsl', 'index.ts')

export interface ProjectFolder {
  readonly project: Project
  /** Absolute path of a file by its name. */
  readonly path: (name: string) => string
  readonly write: (files: Readonly<Record<string, string>>) => Promise<void>
}

/**
 * A folder of real files inside the repository, so that packages are found from it; removed when the test is over.
 * `DSL` in a file stands for the path of the DSL.
 */
export async function projectFolder(files: Readonly<Record<string, string>>): Promise<ProjectFolder> {
  const parent = join(REPOSITORY, '.anneal')
  await mkdir(parent, { recursive: true })
  const dir = await mkdtemp(join(parent, 'test-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const path = (name: string): string => join(dir, name)
  const write = async (more: Readonly<Record<string, string>>): Promise<void> => {
    for (const [name, text] of Object.entries(more)) {
      await mkdir(dirname(path(name)), { recursive: true })
      await writeFile(path(name), text.replaceAll("'DSL'", JSON.stringify(DSL)))
    }
  }
  await write({ 'package.json': '{ "type": "module" }', ...files })
  return { project: { root: dir, stateFolder: path('.anneal') }, path, write }
}
