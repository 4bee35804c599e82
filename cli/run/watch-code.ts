import { type FSWatcher, readdirSync, watch } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Project } from '../pipeline-file/project.ts'
import { listUserModules } from '../pipeline-file/user-modules.ts'

const CODE = /\.([cm]?[jt]sx?|json|py|toml|lock)$/

export interface CodeWatch {
  /** Settles once a file of code is saved, since the watch began. */
  readonly changed: Promise<'changed'>
  readonly close: () => void
}

/** Watches the folders that a pipeline's code is in: its modules', and those beside it that hold Python scripts. */
export async function watchCode(file: string, project: Project): Promise<CodeWatch> {
  const folders = await codeFolders(file, project)
  const watchers: FSWatcher[] = []
  const changed = new Promise<'changed'>((resolve, reject) => {
    for (const folder of folders) {
      const watcher = watch(folder, (_, name) => {
        if (name !== null && CODE.test(name)) resolve('changed')
      })
      watchers.push(watcher.once('error', reject))
    }
  })
  return { changed, close: () => watchers.forEach((watcher) => watcher.close()) }
}

async function codeFolders(file: string, project: Project): Promise<ReadonlySet<string>> {
  // A file that cannot be parsed has no list of modules; saving it is what is waited for.
  const { all } = await listUserModules(file, project).catch(() => ({ all: [] }))
  const own = dirname(file)
  const beside = readdirSync(own, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && readdirSync(join(own, entry.name)).some((name) => name.endsWith('.py')))
    .map(({ name }) => join(own, name))
  return new Set([own, ...all.map(dirname), ...beside])
}
