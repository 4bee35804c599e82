import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { countsOf, EFFECT } from '../engine/effects.ts'
import { aProject } from '../engine/project.ts'
import { aRig, type Rig } from '../engine/rig.ts'

const CHAIN = `import { pipeline, task, z } from 'DSL'
${EFFECT}
const numbered = z.object({ value: z.number() })

export const first = task('first', { input: numbered, output: numbered, run: ({ value }) => {
  effect('first')
  return { value: value + 1 }
} })
export const second = task('second', { input: numbered, output: numbered, timeout: '1 minute', run: ({ value }) => {
  effect('second')
  return { value: value * 2 }
} })
export const third = task('third', { input: numbered, output: numbered, run: ({ value }) => {
  effect('third')
  return { value: value - 1 }
} })
export const beside = task('beside', { input: numbered, output: numbered, run: async ({ value }) => {
  effect('beside')
  await untilThere('beside-may-end')
  return { value }
} })

const one = first({ value: 1 })
const two = second({ value: one.output.value })
export default pipeline('chain', { steps: [third({ value: two.output.value }), beside({ value: one.output.value })] })
`

let rig: Rig

beforeAll(async () => {
  rig = await aRig(inject('temporalAddress'), await aProject({ 'p.ts': CHAIN }))
  await rig.startWorker()
  await rig.project.write({ '.anneal/beside-may-end': '' })
  const handle = await rig.start(await rig.project.prepare())
  await handle.result()
})

afterAll(async () => {
  await rig.close()
  await rig.project.remove()
})

/** Runs the chain as edited; answers how often each task ran for that, and how many results were there before. */
async function rerun(edit: (source: string) => string): Promise<unknown> {
  // What a bundle is does not depend on its file's name.
  const file = `edited-${Math.random().toString(36).slice(2)}.ts`
  await rig.project.write({ [file]: edit(CHAIN) })
  const before = countsOf(rig.project.stateFolder)
  const handle = await rig.start(await rig.project.prepare(file))
  const { ran, reused } = await handle.result()
  const counts = Object.entries(countsOf(rig.project.stateFolder))
  const executed = counts.filter(([name, count]) => count > (before[name] ?? 0)).map(([name]) => name)
  return { ran, reused, executed: executed.toSorted() }
}

describe('a second run', () => {
  it('reuses every result', async () => {
    expect(await rerun((source) => source)).toEqual({ ran: 0, reused: 4, executed: [] })
  })

  it('runs a task whose code has changed, and what follows from it, and nothing else', async () => {
    const edited = await rerun((source) => source.replace('value * 2', 'value * 3'))
    expect(edited).toEqual({ ran: 2, reused: 2, executed: ['second', 'third'] })
  })

  it('stops where a changed task makes what it made before', async () => {
    const edited = await rerun((source) => source.replace('value * 2', 'value + value'))
    expect(edited).toEqual({ ran: 1, reused: 3, executed: ['second'] })
  })

  it('runs nothing for another timeout', async () => {
    const edited = await rerun((source) => source.replace('1 minute', '2 minutes'))
    expect(edited).toEqual({ ran: 0, reused: 4, executed: [] })
  })

  it('goes on unchanged when its file is edited and deleted meanwhile', async () => {
    const { root, stateFolder, store } = rig.project
    await rm(join(stateFolder, 'beside-may-end'))
    const file = 'deleted.ts'
    const source = CHAIN.replace('value + 1', 'value + 10')
    await rig.project.write({ [file]: source })
    const handle = await rig.start(await rig.project.prepare(file))
    await rig.project.write({ [file]: source.replace('value * 2', 'value * 1000').replace('value - 1', 'broken(') })
    await rm(join(root, file))
    await rig.project.write({ '.anneal/beside-may-end': '' })
    const [third] = (await handle.result()).results
    expect(third && (await store.results.find(third.key))?.value).toEqual({ value: 21 })
  })
})
