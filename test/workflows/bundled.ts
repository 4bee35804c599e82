import { join } from 'node:path'
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker'

/** The workflows of a folder as a worker bundles them, with what is loaded before them and stands between them and their activities. */
export async function bundled(folder: string): Promise<string> {
  const [workflowsPath, interceptors, first] = ['workflows.ts', 'in-turn.ts', 'short-stacks.ts'].map((name) =>
    join(folder, name),
  ) as [string, string, string]
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    workflowInterceptorModules: [interceptors],
    preloadModules: [first, workflowsPath, interceptors],
    logger: new DefaultLogger('ERROR'),
    webpackConfigHook: (config) => ({ ...config, optimization: { ...config.optimization, sideEffects: false } }),
  })
  return code
}
