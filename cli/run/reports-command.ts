import { join } from 'node:path'
import type { Ingested } from '../../activities/recipes.ts'
import type { FileRef } from '../../data/dataset.ts'
import { loadSettings } from '../../config/settings.ts'
import type { Json } from '../../dsl/plan.ts'
import { openStore, type OpenStore } from '../../store/open-store.ts'
import type { RunStatus } from '../../workflows/run-status.ts'
import { CliError } from '../errors.ts'
import { requireRun } from './require-run.ts'
import { connectClient } from './temporal-client.ts'

/** The files that nodes publish for people, by the field of their output. */
const REPORTS = { page: 'html', report: 'json', quarantine: 'parquet' } as const

/**
 * Writes the reports of a run's nodes to a folder: `<node>.html`, `<node>.json`, what was put aside as `<node>.parquet`,
 * and what could not be read of each source file as `<node>-unparsable-<n>.parquet`. Files of these names are replaced.
 * Throws `run-unknown`, `no-worker`.
 */
export async function reportsCommand(
  run: string,
  { folder, json }: { readonly folder: string; readonly json: boolean },
): Promise<void> {
  const settings = loadSettings()
  const client = await connectClient(settings)
  try {
    const { handle } = await requireRun(client, run)
    const status = await handle.query<RunStatus>('status').catch((cause: unknown) => {
      throw unanswered(run, cause)
    })
    const written = await writeReports(openStore(settings.store), { nodes: status.nodes, folder })
    process.stdout.write(json ? `${JSON.stringify(written)}\n` : shown(run, written))
  } finally {
    await client.connection.close()
  }
}

interface Writing {
  readonly nodes: RunStatus['nodes']
  readonly folder: string
}

export async function writeReports(store: OpenStore, { nodes, folder }: Writing): Promise<readonly string[]> {
  const written: string[] = []
  for (const node of nodes) {
    const result = node.state === 'done' ? await store.results.find(node.answer.key) : undefined
    const output = result && (await store.results.output(result))
    for (const { name, file } of reportsIn(node, output)) {
      const path = join(folder, name)
      await store.artifacts.materialize(file.$file, path, { mode: 0o644 })
      written.push(path)
    }
  }
  return written
}

interface Report {
  readonly name: string
  readonly file: FileRef
}

function reportsIn({ id, kind }: RunStatus['nodes'][number], output: Json | undefined): readonly Report[] {
  if (typeof output !== 'object' || output === null) return []
  const stem = id.replaceAll(/[^\w.-]/g, '-')
  // As the activity publishes it.
  if (kind === 'ingest') return unparsableIn(output as unknown as Ingested, stem)
  // A field of one of these names is a file where it is there; steps of a user's own may use them for other things.
  const fields = output as Readonly<Record<string, Json>>
  return Object.entries(REPORTS).flatMap(([field, extension]) => {
    const file = fields[field]
    return isFile(file) ? [{ name: `${stem}.${extension}`, file }] : []
  })
}

function unparsableIn(ingested: Ingested, stem: string): readonly Report[] {
  const files = ingested.state === 'read' ? ingested.unparsable.flatMap(({ file }) => file ?? []) : []
  return files.map((file, index) => ({ name: `${stem}-unparsable-${index + 1}.parquet`, file }))
}

function isFile(value: Json | undefined): value is { readonly $file: string } {
  return typeof value === 'object' && value !== null && '$file' in value && typeof value['$file'] === 'string'
}

function shown(run: string, written: readonly string[]): string {
  return written.length === 0 ? `${run} has no reports\n` : written.map((path) => `${path}\n`).join('')
}

function unanswered(run: string, cause: unknown): CliError {
  return new CliError('no-worker', {
    message: `no worker answers for the nodes of "${run}"`,
    remedy: 'start one with `anneal dev` or `anneal worker`',
    cause,
  })
}
