import { loadSettings } from '../../config/settings.ts'
import { connectClient, expectNamespace } from '../run/temporal-client.ts'
import { rollOut } from './roll-out.ts'

const WAIT_MILLIS = 30_000

/** `anneal deploy`. Throws as `rollOut` does, and `temporal-failed` where there is no such namespace. */
export async function deployCommand(): Promise<void> {
  const settings = loadSettings()
  const client = await connectClient(settings)
  try {
    await expectNamespace(client)
    const { deployment, build, before } = await rollOut(client.workflowService, settings, { waitMillis: WAIT_MILLIS })
    const change = before === build ? 'as before' : `before: ${before ?? 'none'}`
    process.stdout.write(`${deployment}: new runs go to workers of ${build} (${change})\n`)
  } finally {
    await client.connection.close()
  }
}
