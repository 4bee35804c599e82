import { loadSettings } from '../../config/settings.ts'
import type { ModelVersion } from '../../store/model-version.ts'
import { wantsColour } from '../colour.ts'
import { registryOf } from './registry-of.ts'
import { shortNumber, shortTime, table } from './table.ts'

/** `anneal models`: each model's latest version. */
export async function listCommand({ json = false }: { readonly json?: boolean }): Promise<void> {
  const listed = await registryOf(loadSettings()).models.list()
  const text = json ? JSON.stringify(listed) : listText(listed, { colour: wantsColour(process.stdout) })
  process.stdout.write(`${text}\n`)
}

function listText(versions: readonly ModelVersion[], { colour }: { readonly colour: boolean }): string {
  if (versions.length === 0) return 'no models yet: a run registers one once it has passed its gates'
  const rows = versions.map(({ model, version, task, service, metrics, registeredAt }) => [
    model,
    String(version),
    task,
    Object.entries(metrics)
      .map(([metric, value]) => `${metric} ${shortNumber(value)}`)
      .join(', '),
    service,
    shortTime(registeredAt),
  ])
  const head = ['model', 'versions', 'task', 'latest metrics', 'service', 'registered']
  return table(rows, { head, right: [1], colour }).join('\n')
}
