import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { prepare, type Prepared } from '../../cli/pipeline-file/prepare.ts'
import { openStore, type OpenStore } from '../../store/open-store.ts'

const REPOSITORY = join(import.meta.dirname, '../..')
const DSL = JSON.stringify(join(REPOSITORY, 'dsl/index.ts'))

/** A user's project: a folder inside the repository, so that packages are found from it. */
export interface Project {
  readonly root: string
  readonly stateFolder: string
  readonly store: OpenStore
  /** `'DSL'` in a file stands for the path of the DSL. */
  readonly write: (files: Readonly<Record<string, string>>) => Promise<void>
  /** Compiles the file and stores what it needs. */
  readonly prepare: (file?: string) => Promise<Prepared>
  readonly remove: () => Promise<void>
}

export async function aProject(files: Readonly<Record<string, string>>): Promise<Project> {
  const parent = join(REPOSITORY, '.anneal')
  await mkdir(parent, { recursive: true })
  const root = await mkdtemp(join(parent, 'test-'))
  const stateFolder = join(root, '.anneal')
  const store = openStore(join(stateFolder, 'store'))
  const write: Project['write'] = async (more) => {
    for (const [name, text] of Object.entries(more)) {
      await mkdir(dirname(join(root, name)), { recursive: true })
      await writeFile(join(root, name), text.replaceAll("'DSL'", DSL))
    }
  }
  await write({ 'package.json': '{ "type": "module" }', ...files })
  return {
    root,
    stateFolder,
    store,
    write,
    prepare: (file = 'p.ts') => prepare(join(root, file), { settings: { root, stateFolder }, store, typeCheck: false }),
    remove: () => rm(root, { recursive: true, force: true }),
  }
}

/** Another project that starts with what the first one has stored. */
export async function aCopyOf(project: Project): Promise<Project> {
  const copy = await aProject({})
  const [from, to] = [project, copy].map(({ stateFolder }) => join(stateFolder, 'store')) as [string, string]
  // Temporary files are their processes' own, and a worker of the original goes on.
  await cp(from, to, { recursive: true, filter: (path) => path !== join(from, 'tmp') })
  return copy
}
