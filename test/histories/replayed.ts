import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from '@temporalio/worker'
import { bundled } from '../workflows/bundled.ts'
import { historyOf, type KeptHistory } from './kept-history.ts'
import type { Mutant } from './mutants.ts'

export const WORKFLOWS = join(import.meta.dirname, '../../workflows')

export type Corpus = ReadonlyMap<string, KeptHistory>

/** Replays one after the other by this bundle; a line for each that does not. */
export async function* faults(corpus: Corpus, code: string): AsyncGenerator<string, void> {
  const histories = [...corpus].map(([name, kept]) => ({ workflowId: name, history: historyOf(kept) }))
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle: { code } }, histories)) {
    if (error !== undefined) yield `${workflowId}: ${error.message}`
  }
}

/** The bundle of the workflows with one change. What they import besides is types only. */
export async function bundledMutant({ file, from, to }: Mutant): Promise<string> {
  const source = await readFile(join(WORKFLOWS, file), 'utf8')
  const changed = source.replace(from, to)
  if (changed === source) throw new Error(`${file}: expected ${String(from)} in it, got none`)
  const folder = await mkdtemp(join(WORKFLOWS, '../.anneal/mutant-'))
  try {
    await cp(WORKFLOWS, folder, { recursive: true })
    await writeFile(join(folder, file), changed)
    return await bundled(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}
