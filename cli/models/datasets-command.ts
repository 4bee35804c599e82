import { loadSettings } from '../../config/settings.ts'
import { datasets, type NumberedDataset } from '../../store/datasets.ts'
import { openStore } from '../../store/open-store.ts'
import { wantsColour } from '../colour.ts'
import { grouped, shortTime, table } from './table.ts'

/** `anneal datasets`: the latest dataset of each source. */
export async function datasetsCommand({ json = false }: { readonly json?: boolean }): Promise<void> {
  const listed = await datasets(openStore(loadSettings().store).objects).list()
  const text = json ? JSON.stringify(listed) : datasetsText(listed, { colour: wantsColour(process.stdout) })
  process.stdout.write(`${text}\n`)
}

function datasetsText(listed: readonly NumberedDataset[], { colour }: { readonly colour: boolean }): string {
  if (listed.length === 0) return 'no datasets yet: a run with sources makes them'
  const rows = listed.map(({ source, version, rows: count, parts, span, digest }) => [
    source,
    String(version),
    grouped(count),
    grouped(parts),
    span === null ? '' : `${shortTime(span.first)} to ${shortTime(span.last)}`,
    digest.slice(0, 12),
  ])
  const head = ['source', 'version', 'rows', 'parts', 'span', 'digest']
  return table(rows, { head, right: [1, 2, 3], colour }).join('\n')
}
