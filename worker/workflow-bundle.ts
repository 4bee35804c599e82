import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BundleOptions, bundleWorkflowCode, DefaultLogger } from '@temporalio/worker'
import { removeAbandoned } from '../activities/children/abandoned.ts'
import { writeWhole } from '../activities/children/write-whole.ts'

const FOLDER = fileURLToPath(new URL('../workflows/', import.meta.url))

/** The workflow code as one script, bundled once per content and SDK version: bundling costs 1.4 s, reading it 2 ms. */
export async function workflowBundle(cacheFolder: string): Promise<{ readonly codePath: string }> {
  const codePath = join(cacheFolder, `workflows-${await sourceDigest()}.js`)
  const cached = await readFile(codePath).catch(() => undefined)
  if (cached === undefined) await build(codePath, cacheFolder)
  return { codePath }
}

async function build(codePath: string, cacheFolder: string): Promise<void> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(FOLDER, 'workflows.ts'),
    workflowInterceptorModules: [join(FOLDER, 'in-turn.ts')],
    logger: new DefaultLogger('WARN'),
    webpackConfigHook: compilingPackages,
  })
  await removeAbandoned(cacheFolder)
  await writeWhole(codePath, code)
}

type WebpackConfig = Parameters<NonNullable<BundleOptions['webpackConfigHook']>>[0]

/** The SDK compiles no TypeScript of packages, and where a project has installed this engine, it is one. */
function compilingPackages(config: WebpackConfig): WebpackConfig {
  const rules = config.module?.rules?.map((rule) =>
    typeof rule === 'object' && rule?.exclude !== undefined ? { ...rule, exclude: [] } : rule,
  )
  return { ...config, module: { ...config.module, ...(rules && { rules }) } }
}

async function sourceDigest(): Promise<string> {
  const hash = createHash('sha256').update(sdkVersion())
  for (const name of (await readdir(FOLDER)).toSorted()) {
    hash.update(name).update(await readFile(join(FOLDER, name)))
  }
  return hash.digest('hex').slice(0, 16)
}

function sdkVersion(): string {
  const { version } = createRequire(import.meta.url)('@temporalio/worker/package.json') as { version: string }
  return version
}
