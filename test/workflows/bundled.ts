import { join } from 'node:path'
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker'

/** The workflows of a folder as a worker bundles them, with what stands between them and their activities. */
export async function bundled(folder: string): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(folder, 'workflows.ts'),
    workflowInterceptorModules: [join(folder, 'in-turn.ts')],
    logger: new DefaultLogger('ERROR'),
  })
  return code
}
