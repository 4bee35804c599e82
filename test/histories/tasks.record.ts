import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, inject, it } from 'vitest'
import { countsOf, EFFECT } from '../engine/effects.ts'
import { eventually } from '../engine/eventually.ts'
import { aProject } from '../engine/project.ts'
import { aRig } from '../engine/rig.ts'
import { aRecorder } from './corpus.ts'

const PIPELINE = `import { best, each, parameter, pipeline, task, z } from 'DSL'
${EFFECT}
const Scored = z.object({ score: z.number() })
export const score = task('score', {
  input: Scored,
  output: Scored,
  attempts: 1,
  run: async ({ score }) => {
    if (score < 0) throw new RangeError('negative')
    if (score > 100) {
      effect('slow')
      await untilThere('go-on')
    }
    return { score }
  },
})
const first = score({ score: parameter('first', z.number()) }, { id: 'first' })
const list = each([1, 2, 3], (value) => score({ score: value }), { id: 'list' })
const chosen = best(list, { by: 'score', prefer: 'higher', id: 'chosen' })
const last = score({ score: chosen.output.score }, { id: 'last' })
export default pipeline('tasks', { steps: [first, score({ score: first.output.score }, { id: 'second' }), last] })
`

it('runs that complete, reuse everything, continue as new, fail, and are cancelled', async () => {
  const project = await aProject({ 'p.ts': PIPELINE })
  const rig = await aRig(inject('temporalAddress'), project)
  try {
    await rig.startWorker()
    const recorder = await aRecorder('tasks', rig.client)
    const prepared = await project.prepare()
    const runs = [
      ['completed', { param: ['first=1'] }],
      ['reused', { param: ['first=1'] }],
      ['continued', { param: ['first=7'], maxEvents: 4 }],
      ['failed', { param: ['first=-1'] }],
    ] as const
    for (const [name, options] of runs) {
      const handle = await rig.start(prepared, options)
      await handle.result().catch(() => undefined)
      await recorder.keep(name, handle.workflowId)
    }
    const slow = await rig.start(prepared, { param: ['first=101'] })
    await eventually('it is at work', () => countsOf(project.stateFolder)['slow'] !== undefined)
    await slow.cancel()
    await writeFile(join(project.stateFolder, 'go-on'), '')
    await expect(slow.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } })
    await recorder.keep('cancelled', slow.workflowId)
  } finally {
    await rig.close()
    await project.remove()
  }
})
