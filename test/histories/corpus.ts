import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir, hostname } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { Client } from '@temporalio/client'
import { eventually } from '../engine/eventually.ts'
import { keptOf, textOf, type KeptHistory } from './kept-history.ts'

const REPOSITORY = join(import.meta.dirname, '../..')

/** Of plans of the version that this code compiles. Those of versions before stay as they are. */
const CURRENT = join(import.meta.dirname, 'plan-1')

/** As text all of them take 0.9 MB; `zcat FILE` shows one. */
const ENDING = '.json.gz'

/** Plan versions that have histories. */
export async function planVersions(): Promise<readonly string[]> {
  const names = await readdir(import.meta.dirname)
  return names.filter((name) => name.startsWith('plan-')).toSorted()
}

/** All that is kept, by `<plan version>/<group>/<name>`. */
export async function readCorpus(): Promise<ReadonlyMap<string, KeptHistory>> {
  const corpus = new Map<string, KeptHistory>()
  for (const version of await planVersions()) {
    const folder = join(import.meta.dirname, version)
    const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith(ENDING))
    for (const file of files.toSorted()) {
      const text = gunzipSync(await readFile(join(folder, file))).toString('utf8')
      corpus.set(`${version}/${file.replace(ENDING, '')}`, JSON.parse(text) as KeptHistory)
    }
  }
  return corpus
}

export interface Recorder {
  /** Keeps an execution of a workflow's id under a name, and those that it continues. Default: the newest. */
  readonly keep: (name: string, workflowId: string, runId?: string) => Promise<void>
}

/** Writes what belongs to a group in place of what it had. */
export async function aRecorder(group: string, client: Client): Promise<Recorder> {
  const folder = join(CURRENT, group)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const keep = async (name: string, workflowId: string, runId?: string): Promise<void> => {
    // Of an execution that has only begun there is nothing to replay, and the replay would wait for it.
    const history = await eventually('a task of the workflow is done', async () => {
      const found = await client.workflow.getHandle(workflowId, runId).fetchHistory()
      return found.events?.some((event) => event.workflowTaskCompletedEventAttributes) ? found : undefined
    })
    const text = textOf(keptOf(workflowId, history))
    for (const own of [REPOSITORY, homedir(), hostname()]) {
      if (text.includes(own))
        throw new Error(`history of "${workflowId}": expected nothing of this machine, got ${own}`)
    }
    await writeFile(join(folder, `${name}${ENDING}`), gzipSync(text, { level: 9 }))
    const started = history.events?.[0]?.workflowExecutionStartedEventAttributes
    if (started?.continuedExecutionRunId) await keep(`${name}-before`, workflowId, started.continuedExecutionRunId)
  }
  return { keep }
}
