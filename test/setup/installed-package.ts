import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'

const REPOSITORY = join(import.meta.dirname, '../..')

const lock = z.object({ packages: z.record(z.string(), z.object({ dev: z.boolean().optional() })) })

/**
 * Installs the packed package in a project, as npm does but for the network: its files, and links to those of this
 * repository's packages that an installed one has too.
 */
export async function installPackage(tarball: string, project: string): Promise<void> {
  const modules = join(project, 'node_modules')
  const folder = join(modules, 'anneal')
  await mkdir(folder, { recursive: true })
  await promisify(execFile)('tar', ['xzf', tarball, '-C', folder, '--strip-components=1'])
  for (const name of dependencies()) {
    const link = join(modules, name)
    await mkdir(dirname(link), { recursive: true })
    await symlink(join(REPOSITORY, 'node_modules', name), link)
  }
}

/** Without those of development, and without the binaries for other platforms, which are not there. */
function dependencies(): readonly string[] {
  const { packages } = lock.parse(JSON.parse(readFileSync(join(REPOSITORY, 'package-lock.json'), 'utf8')))
  return Object.entries(packages).flatMap(([path, { dev = false }]) => {
    const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path)?.[1]
    return name === undefined || dev || !existsSync(join(REPOSITORY, path)) ? [] : [name]
  })
}
