import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const PACKAGE = join(import.meta.dirname, '..')

export const WORKFLOWS = join(PACKAGE, 'workflows')

/** The parts of a bundle of the workflows in `folder`, as the SDK's bundler names them. What is preloaded is loaded once, not once a run. */
export function workflowParts(folder: string): {
  readonly workflowsPath: string
  readonly workflowInterceptorModules: string[]
  readonly preloadModules: string[]
} {
  const workflowsPath = join(folder, 'workflows.ts')
  const interceptors = join(folder, 'in-turn.ts')
  const preloadModules = [join(folder, 'short-stacks.ts'), workflowsPath, interceptors]
  return { workflowsPath, workflowInterceptorModules: [interceptors], preloadModules }
}

/** Of the workflow code and of the SDK that runs it, in 16 hexadecimal digits. */
export async function workflowDigest(): Promise<string> {
  const hash = createHash('sha256').update(versionOf('@temporalio/worker/package.json'))
  for (const name of (await readdir(WORKFLOWS)).toSorted()) {
    hash.update(name).update(await readFile(join(WORKFLOWS, name)))
  }
  return hash.digest('hex').slice(0, 16)
}

/** What tells this engine from others of its deployment: `0.1.0-5f2d…`. The same as long as its workflow code is. */
export async function ownBuild(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(PACKAGE, 'package.json'), 'utf8')) as { readonly version: string }
  return `${version}-${await workflowDigest()}`
}

/** By version; two builds of one version are none older than the other. */
export function isOlder(build: string, than: string): boolean {
  const [one, other] = [build, than].map((each) => each.split('-')[0]?.split('.').map(Number) ?? [])
  const at = one?.findIndex((part, index) => part !== other?.[index]) ?? -1
  return at >= 0 && (one?.[at] ?? 0) < (other?.[at] ?? 0)
}

function versionOf(manifest: string): string {
  const { version } = createRequire(import.meta.url)(manifest) as { readonly version: string }
  return version
}
