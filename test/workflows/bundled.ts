import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker'
import { workflowParts } from '../../config/build.ts'

/** The workflows of a folder as a worker bundles them, with what is loaded before them and stands between them and their activities. */
export async function bundled(folder: string): Promise<string> {
  const { code } = await bundleWorkflowCode({
    ...workflowParts(folder),
    logger: new DefaultLogger('ERROR'),
    webpackConfigHook: (config) => ({ ...config, optimization: { ...config.optimization, sideEffects: false } }),
  })
  return code
}
