import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type BundleOptions, bundleWorkflowCode, DefaultLogger } from '@temporalio/worker'
import { removeAbandoned } from '../activities/children/abandoned.ts'
import { writeWhole } from '../activities/children/write-whole.ts'
import { workflowDigest, workflowParts, WORKFLOWS } from '../config/build.ts'

/** The workflow code as one script, bundled once per content and SDK version: bundling costs 1.4 s, reading it 2 ms. */
export async function workflowBundle(cacheFolder: string): Promise<{ readonly codePath: string }> {
  const codePath = join(cacheFolder, `workflows-${await workflowDigest()}.js`)
  const cached = await readFile(codePath).catch(() => undefined)
  if (cached === undefined) await build(codePath, cacheFolder)
  return { codePath }
}

async function build(codePath: string, cacheFolder: string): Promise<void> {
  const { code } = await bundleWorkflowCode({
    ...workflowParts(WORKFLOWS),
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
  return {
    ...config,
    module: { ...config.module, ...(rules && { rules }) },
    // Else webpack leaves out what is preloaded: nobody uses its exports there.
    optimization: { ...config.optimization, sideEffects: false },
  }
}
