import { join } from 'node:path'
import type proto from '@temporalio/proto'
import { describe, expect, inject, it, type TestContext } from 'vitest'
import { freePort } from '../../cli/temporal-server.ts'
import { countsOf, EFFECT, effectsOf } from '../engine/effects.ts'
import { eventually } from '../engine/eventually.ts'
import { measuredHistories } from '../workflows/histories.ts'
import { processesUnder, publishedResults } from '../../cli/chaos/leftovers.ts'
import { aProject } from '../engine/project.ts'
import { aRig, type Rig } from '../engine/rig.ts'
import { killOnce } from './kill-once.ts'

const COUNT = `import json, os, time

def run(input, context):
    with open("../../../effects.log", "a") as log:
        log.write(json.dumps({"name": "count", "pid": os.getpid(), "at": int(time.time() * 1000)}) + "\\n")
    return {"score": len(input["text"])}
`

const KINDS = `import { best, each, pipeline, python, task, z } from 'DSL'
${EFFECT}
const policy = { attempts: 20, backoff: '0.1 seconds', heartbeat: '1 second' } as const
const Scored = z.object({ score: z.number() })
export const score = task('score', { ...policy, input: z.object({ text: z.string() }), output: Scored, run: ({ text }) => {
  effect(text)
  return { score: text.length }
} })
export const count = python('count', { ...policy, script: 'count.py', input: z.object({ text: z.string() }), output: Scored })
const one = score({ text: 'one' }, { id: 'one' })
const counted = count({ text: 'text' })
const list = each(['b', 'cc'], (text) => score({ text }), { id: 'list' })
export default pipeline('kinds', {
  steps: [best([one, counted], { by: 'score', prefer: 'higher', id: 'better' }), list],
})
`

/** Eight steps in a row. */
const CHAIN = `import { pipeline, task, z } from 'DSL'
${EFFECT}
const Link = z.object({ name: z.string(), text: z.string() })
export const link = task('link', { input: Link, output: z.object({ text: z.string() }), run: ({ name, text }) => {
  effect(name)
  return { text: text + name }
} })
const last = Array.from({ length: 7 }, (_, index) => \`n\${index + 1}\`).reduce(
  (before, name) => link({ name, text: before.output.text }, { id: name }),
  link({ name: 'n0', text: '' }, { id: 'n0' }),
)
export default pipeline('chain', { steps: [last] })
`

const STALLING = `import { pipeline, task, z } from 'DSL'
${EFFECT}
export const hold = task('hold', {
  input: z.object({}),
  output: z.object({ pid: z.number() }),
  attempts: 100,
  backoff: '0 seconds',
  heartbeat: '1 second',
  run: async () => {
    effect('hold')
    await untilThere(\`go-\${process.pid}\`)
    effect('held')
    return { pid: process.pid }
  },
})
export default pipeline('stalling', { steps: [hold({})] })
`

type Finish = TestContext['onTestFinished']

async function rigFor(files: Readonly<Record<string, string>>, onTestFinished: Finish): Promise<Rig> {
  const project = await aProject(files)
  const rig = await aRig(inject('temporalAddress'), project)
  onTestFinished(async () => {
    await rig.close()
    await project.remove()
  })
  return rig
}

describe.concurrent('a worker killed between a result and its report', () => {
  it.for(['one', 'count', 'better', 'list'])(
    'has "%s" answered by its second attempt without a second effect',
    { timeout: 300_000 },
    async (node, { onTestFinished }) => {
      // On a busy machine the kill may come after the report: that shows nothing, and is tried again.
      const history = await eventually(
        'the kill comes before the report',
        async () => {
          const events = await killAfterResult(node, onTestFinished)
          return askedTwice(events) && events
        },
        { withinMillis: 280_000 },
      )
      expect(history.length).toBeGreaterThan(0)
    },
  )
})

type Events = readonly proto.temporal.api.history.v1.IHistoryEvent[]

/** Answers the history of a run whose worker was killed as soon as it had published the result of `node`. */
async function killAfterResult(node: string, onTestFinished: Finish): Promise<Events> {
  const rig = await rigFor({ 'p.ts': KINDS, 'count.py': COUNT }, onTestFinished)
  const { stateFolder } = rig.project
  const prepared = await rig.project.prepare()
  const worker = await rig.startWorker()
  // A claim names its node as well, but no pipeline.
  const published = { folder: join(stateFolder, 'store/results'), holds: `"node":"${node}","pipeline":` }
  await killOnce(worker, published, onTestFinished)
  const handle = await rig.start(prepared)
  expect(await worker.ended).toBe('SIGKILL')
  const before = countsOf(stateFolder)
  await rig.startWorker()
  await handle.result()
  const after = countsOf(stateFolder)
  const more = (name: string): number => (after[name] ?? 0) - (before[name] ?? 0)
  // The kill follows the first element's result; the other one may have been cut off at work.
  const repeated = { one: more('one'), count: more('count'), list: Math.min(more('b'), more('cc')), better: 0 }
  expect(repeated).toHaveProperty(node, 0)
  const nodes = (await publishedResults(rig.project)).map(({ meta }) => meta.node)
  expect(nodes.toSorted()).toEqual(['better', 'count', 'list', 'list', 'list', 'one'])
  const { events } = await handle.fetchHistory()
  return events ?? []
}

/** Whether the server had to ask a second time: what the worker had done was never reported. */
function askedTwice(events: Events): boolean {
  const attempts = events.map((event) => event.activityTaskStartedEventAttributes?.attempt ?? 0)
  return events.some((event) => event.workflowTaskTimedOutEventAttributes) || attempts.some((attempt) => attempt > 1)
}

it(
  'a worker killed as it keeps what a run has done, before the run continues as new, costs nothing',
  { timeout: 180_000 },
  async ({ onTestFinished }) => {
    const rig = await rigFor({ 'p.ts': CHAIN }, onTestFinished)
    const { stateFolder } = rig.project
    const prepared = await rig.project.prepare()
    const worker = await rig.startWorker()
    const kept = { folder: join(stateFolder, 'store/artifacts'), holds: '"node":"n1","reused":' }
    await killOnce(worker, kept, onTestFinished)
    const handle = await rig.start(prepared, { maxEvents: 20 })
    expect(await worker.ended).toBe('SIGKILL')
    await rig.startWorker()
    expect(await handle.result()).toMatchObject({ ran: 8, reused: 0 })
    const names = Array.from({ length: 8 }, (_, index) => `n${index}`)
    expect(countsOf(stateFolder)).toEqual(Object.fromEntries(names.map((name) => [name, 1])))
    const executions = await measuredHistories(rig.client, handle)
    expect(executions.length).toBeGreaterThan(1)
  },
)

describe.concurrent('an attempt paused past its lease', () => {
  it.for([1, 2, 3, 4, 5])(
    'cannot publish once it goes on, and its child is gone (%i)',
    { timeout: 120_000 },
    async (_, { onTestFinished }) => {
      const rig = await rigFor({ 'p.ts': STALLING }, onTestFinished)
      const { stateFolder } = rig.project
      const metricsPort = await freePort()
      const stale = await rig.startWorker({ ANNEAL_METRICS_PORT: String(metricsPort) })
      const handle = await rig.start(await rig.project.prepare())
      const first = await eventually('the first attempt works', () => effectsOf(stateFolder)[0])
      process.kill(stale.pid, 'SIGSTOP')
      onTestFinished(() => stale.kill())
      // Its answer waits for the worker that is paused.
      await rig.project.write({ [`.anneal/go-${first.pid}`]: '' })
      await eventually('the first attempt is done', () => effectsOf(stateFolder).some(({ name }) => name === 'held'))
      await rig.startWorker()
      const second = await eventually(
        'another attempt works',
        () => effectsOf(stateFolder).find(({ name, pid }) => name === 'hold' && pid !== first.pid),
        { withinMillis: 100_000 },
      )
      process.kill(stale.pid, 'SIGCONT')
      const outcome = await eventually('the stale worker has ended its attempt', async () => {
        const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
        return /^anneal_activities_total\{kind="task",outcome="([^"]+)"\} [1-9]/m.exec(metrics)?.[1]
      })
      expect(outcome).not.toBe('done')
      expect(await publishedResults(rig.project).catch(() => 'none yet')).toBe('none yet')
      expect(processesUnder(stateFolder)).not.toContain(first.pid)
      await rig.project.write({ [`.anneal/go-${second.pid}`]: '' })
      await handle.result()
      const published = await publishedResults(rig.project)
      expect(published.map(({ value }) => value)).toEqual([{ pid: second.pid }])
    },
  )
})
