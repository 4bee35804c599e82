import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { aProject, type Project } from '../engine/project.ts'
import { aRig } from '../engine/rig.ts'
import { bundled } from './bundled.ts'

const WORKFLOWS = join(import.meta.dirname, '../../workflows')

const PIPELINE = `import { best, each, parameter, pipeline, task, z } from 'DSL'
const Scored = z.object({ score: z.number() })
export const score = task('score', {
  input: Scored,
  output: Scored,
  attempts: 1,
  run: ({ score }) => {
    if (score < 0) throw new RangeError('negative')
    return { score }
  },
})
const first = score({ score: parameter('first', z.number()) }, { id: 'first' })
const list = each([1, 2, 3], (value) => score({ score: value }), { id: 'list' })
const chosen = best(list, { by: 'score', prefer: 'higher', id: 'chosen' })
const last = score({ score: chosen.output.score }, { id: 'last' })
export default pipeline('replayed', { steps: [first, score({ score: first.output.score }, { id: 'second' }), last] })
`

type Histories = Parameters<typeof Worker.runReplayHistories>[1]

let project: Project
/** Of runs that completed, reused everything, continued as new, and failed. */
const histories: { workflowId: string; history: unknown }[] = []

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') })
  project = await aProject({ 'p.ts': PIPELINE })
  const rig = await aRig(inject('temporalAddress'), project)
  await rig.startWorker()
  const prepared = await project.prepare()
  const runs = [
    { param: ['first=1'] },
    { param: ['first=1'] },
    { param: ['first=7'], maxEvents: 4 },
    { param: ['first=-1'] },
  ]
  for (const options of runs) {
    const handle = await rig.start(prepared, options)
    await handle.result().catch(() => undefined)
    const last = await handle.fetchHistory()
    const started = last.events?.[0]?.workflowExecutionStartedEventAttributes
    const first = rig.client.workflow.getHandle(handle.workflowId, started?.firstExecutionRunId ?? '')
    histories.push({ workflowId: handle.workflowId, history: last })
    if (started?.continuedExecutionRunId)
      histories.push({ workflowId: handle.workflowId, history: await first.fetchHistory() })
  }
  await rig.close()
})

afterAll(() => project.remove())

describe('the recorded histories of runs', () => {
  it('replay on the workflow code as it is', async () => {
    expect(await failures(WORKFLOWS)).toEqual([])
    expect(histories.length).toBeGreaterThan(4)
  })

  it.each([
    [
      'a timer more',
      'run-node.ts',
      /^export function runNode\(/m,
      "import { sleep } from '@temporalio/workflow'\nexport const runNode: typeof runNodeLater = (...of) => sleep(1).then(() => runNodeLater(...of))\nfunction runNodeLater(",
    ],
    ['another order of nodes', 'run-state.ts', 'return nodes.filter(', 'return nodes.toReversed().filter('],
    ['an activity of another name', 'run-node.ts', 'local.expand.', 'local.collect.'],
    ['an attribute less', 'run-pipeline.ts', '  showVerdict(outcome)\n', ''],
  ])('do not replay with %s', async (_, file, from, to) => {
    expect((await failures(await mutant(file, from, to))).length).toBeGreaterThan(0)
  })
})

/** A copy of the workflows, changed. What they import besides is types only. */
async function mutant(file: string, from: string | RegExp, to: string): Promise<string> {
  const folder = join(project.root, `mutant-${Math.random().toString(36).slice(2)}`)
  await cp(WORKFLOWS, folder, { recursive: true })
  const source = await readFile(join(folder, file), 'utf8')
  const changed = source.replace(from, to)
  if (changed === source) throw new Error(`${file}: expected ${String(from)} in it, got none`)
  await writeFile(join(folder, file), changed)
  return folder
}

async function failures(workflows: string): Promise<readonly string[]> {
  const code = await bundled(workflows)
  const failed: string[] = []
  const replays = Worker.runReplayHistories({ workflowBundle: { code } }, histories as Histories)
  for await (const { workflowId, error } of replays)
    if (error !== undefined) failed.push(`${workflowId}: ${error.message}`)
  return failed
}
