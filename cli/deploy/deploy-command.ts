import { loadSettings } from '../../config/settings.ts'
import { connectClient } from '../run/temporal-client.ts'
import { rollOut } from './roll-out.ts'

/** `anneal deploy`. Throws `no-deployment`, `older-build`, and what the server says where no worker of this build has come. */
export async function deployCommand(): Promise<void> {
  const settings = loadSettings()
  const client = await connectClient(settings)
  try {
    const { deployment, build, before } = await rollOut(client.workflowService, settings)
    const change = before === build ? 'as before' : `before: ${before ?? 'none'}`
    process.stdout.write(`${deployment}: new runs go to workers of ${build} (${change})\n`)
  } finally {
    await client.connection.close()
  }
}
