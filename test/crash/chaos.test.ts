import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { aProject, type Project } from '../engine/project.ts'
import { EFFECT } from '../engine/effects.ts'
import { chaosOf } from './chaos-rig.ts'

/** Four steps, one after another; `body` is the code of each. */
async function aPipeline(body: string): Promise<Project> {
  const text = `import { pipeline, task, z } from 'DSL'
import { readFileSync } from 'node:fs'
${EFFECT}
export const work = task('work', {
  input: z.object({ before: z.number() }),
  output: z.object({ answer: z.number() }),
  run: async ({ before }) => { ${body} },
})
const first = work({ before: 0 }, { id: 'first' })
const second = work({ before: first.output.answer }, { id: 'second' })
const third = work({ before: second.output.answer }, { id: 'third' })
export default pipeline('worked', { steps: [work({ before: third.output.answer }, { id: 'last' })] })
`
  return aProject({ 'p.ts': text })
}

/** Enough for one at least to come between the first step and the last. */
const KILLS = { kills: 6, perRun: 6, targets: ['worker'], seed: 1 } as const

it(
  'a result that hangs on which worker made it is found, named, and its run kept',
  { timeout: 240_000 },
  async ({ onTestFinished }) => {
    const project = await aPipeline(`effect(String(process.ppid))
    const names = readFileSync(outside('effects.log'), 'utf8').trim().split('\\n').map((line) => JSON.parse(line).name)
    // As long as a kill may come late on a busy machine.
    await pause(1000)
    return { answer: new Set(names).size }`)
    onTestFinished(project.remove)
    const { expected, rounds } = await chaosOf(project, KILLS)
    expect(expected.unstable).toEqual([])
    const [round] = rounds
    expect(round?.differences).toContainEqual(expect.stringContaining('results of "last": expected '))
    expect(existsSync(round?.folder ?? '')).toBe(true)
  },
)

it(
  'a result that differs by itself is said to, and blamed on no kill',
  { timeout: 240_000 },
  async ({ onTestFinished }) => {
    const project = await aPipeline('return { answer: before + Math.random() }')
    onTestFinished(project.remove)
    const { expected, rounds } = await chaosOf(project, KILLS)
    expect(expected.unstable.toSorted()).toEqual(['first', 'last', 'second', 'third'])
    expect(rounds.map(({ differences, folder }) => [differences, existsSync(folder)])).toEqual([[[], false]])
    expect(rounds[0]?.struck.length).toBeGreaterThan(0)
  },
)
