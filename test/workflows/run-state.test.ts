import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { WorkflowFailedError } from '@temporalio/client'
import type { RunHandle } from '../../cli/run/start-run.ts'
import type { RunStatus } from '../../workflows/run-status.ts'
import { countsOf, EFFECT, effectsOf } from '../engine/effects.ts'
import { eventually } from '../engine/eventually.ts'
import { chainHeads, processesUnder } from '../../cli/chaos/leftovers.ts'
import { aProject } from '../engine/project.ts'
import { aRig, type Rig } from '../engine/rig.ts'
import { measuredHistories } from './histories.ts'

const HEAD = `import { each, pipeline, task, z } from 'DSL'
${EFFECT}
const Link = z.object({ name: z.string(), text: z.string() })
export const link = task('link', { input: Link, output: z.object({ text: z.string() }), run: ({ name, text }) => {
  effect(name)
  return { text: text + name }
} })
`

const CHAIN = `${HEAD}
const names = Array.from({ length: 12 }, (_, index) => \`n\${index}\`)
const last = names.slice(1).reduce(
  (before, name) => link({ name, text: before.output.text }, { id: name }),
  link({ name: 'n0', text: '' }, { id: 'n0' }),
)
export default pipeline('chain', { steps: [last] })
`

const LIST = `${HEAD}
const names = Array.from({ length: 130 }, (_, index) => \`e\${index}\`)
export default pipeline('list', { steps: [each(names, (name) => link({ name, text: '' }), { id: 'all' })] })
`

const WAITING = `${HEAD}
export const hang = task('hang', {
  input: z.object({}),
  output: z.object({}),
  heartbeat: '1 second',
  run: async () => {
    effect('hang')
    await untilThere('never')
    return {}
  },
})
export default pipeline('hanging', { steps: [hang({}), link({ name: 'quick', text: '' }, { id: 'quick' })] })
`

const GPU = `${HEAD}
export const heavy = task('heavy', {
  input: z.object({}),
  output: z.object({ ok: z.boolean() }),
  resources: { gpus: 1 },
  run: () => ({ ok: true }),
})
export default pipeline('gpu', { steps: [heavy({})] })
`

let rig: Rig

beforeAll(async () => {
  const files = { 'chain.ts': CHAIN, 'list.ts': LIST, 'hang.ts': WAITING, 'gpu.ts': GPU }
  rig = await aRig(inject('temporalAddress'), await aProject(files))
  await rig.startWorker()
})

afterAll(async () => {
  await rig.close()
  await rig.project.remove()
})

/** How many executions the run has come to so far, as the server's list of them has it. */
async function valueOf(handle: RunHandle): Promise<unknown> {
  const [only] = (await handle.result()).results
  return only && (await rig.project.store.results.find(only.key))?.value
}

describe('a run that continues as new', () => {
  it('in the middle of a chain ends with the same result and repeats nothing', async () => {
    const handle = await rig.start(await rig.project.prepare('chain.ts'), { maxEvents: 20 })
    expect(await valueOf(handle)).toEqual({ text: 'n0n1n2n3n4n5n6n7n8n9n10n11' })
    expect(await handle.result()).toMatchObject({ ran: 12, reused: 0 })
    expect((await measuredHistories(rig.client, handle)).length).toBeGreaterThan(1)
    const counts = countsOf(rig.project.stateFolder)
    expect(Array.from({ length: 12 }, (_, index) => counts[`n${index}`])).toEqual(Array.from({ length: 12 }, () => 1))
  })

  it('in the middle of a list ends with the same result and repeats nothing', async () => {
    const handle = await rig.start(await rig.project.prepare('list.ts'), { maxEvents: 20 })
    expect(await valueOf(handle)).toEqual(Array.from({ length: 130 }, (_, index) => ({ text: `e${index}` })))
    expect((await measuredHistories(rig.client, handle)).length).toBeGreaterThan(1)
    const counts = countsOf(rig.project.stateFolder)
    expect(Array.from({ length: 130 }, (_, index) => counts[`e${index}`])).toEqual(Array.from({ length: 130 }, () => 1))
  })
})

describe('a run', () => {
  it('that is cancelled ends its children, releases its claims and leaves nothing', async () => {
    const { stateFolder } = rig.project
    const handle = await rig.start(await rig.project.prepare('hang.ts'))
    const hung = await eventually('the step hangs', () => effectsOf(stateFolder).find(({ name }) => name === 'hang'))
    await eventually('the other node is done', async () => {
      const { nodes } = await handle.query<RunStatus>('status')
      return nodes.some(({ id, state }) => id === 'quick' && state === 'done')
    })
    expect((await handle.query<RunStatus>('status')).nodes).toMatchObject([
      { id: 'hang', kind: 'task', state: 'running' },
      { id: 'quick', kind: 'task', state: 'done' },
    ])
    await handle.cancel()
    const error: unknown = await handle.result().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(WorkflowFailedError)
    expect((await handle.describe()).status.name).toBe('CANCELLED')
    expect(processesUnder(stateFolder)).not.toContain(hung.pid)
    const states = [...(await chainHeads(rig.project)).values()].map(({ state }) => state)
    expect(states.filter((state) => state !== 'result')).toEqual(['released'])
  })

  it('waits for a worker on a queue that has none, says so, and goes on when one comes', async () => {
    const prepared = await rig.project.prepare('gpu.ts')
    const handle = await rig.start(prepared)
    const waiting = await eventually('the run says that it waits', async () => {
      const { searchAttributes } = await handle.describe()
      return searchAttributes['AnnealAwaiting'] !== undefined && searchAttributes
    })
    expect(waiting).toMatchObject({ AnnealPipeline: ['gpu'], AnnealStage: ['task'], AnnealAwaiting: ['worker'] })
    expect((await handle.query<RunStatus>('status')).awaitingWorker).toEqual([`${rig.queue}-gpu`])
    // The base queue of this one is the queue that the run waits for.
    const machine = await aRig(inject('temporalAddress'), rig.project, `${rig.queue}-gpu`)
    await machine.startWorker()
    expect(await valueOf(handle)).toEqual({ ok: true })
    const { searchAttributes } = await handle.describe()
    expect(searchAttributes).toMatchObject({ AnnealStage: ['task'], AnnealVerdict: ['completed'] })
    expect(searchAttributes['AnnealAwaiting']).not.toContain('worker')
    await machine.close()
  })
})
