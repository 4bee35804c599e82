import { availableParallelism } from 'node:os'
import { WorkflowFailedError } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { RunHandle } from '../../cli/run/start-run.ts'
import { countsOf, EFFECT } from '../engine/effects.ts'
import { eventually } from '../engine/eventually.ts'
import { aProject } from '../engine/project.ts'
import { aRig, type Rig } from '../engine/rig.ts'

const TURNS = 8 * availableParallelism()
/** The worker takes them all; so many wait for their turn. */
const [STEPS, WAITING] = [TURNS + 8, 8]

/** Each ends when it is told to. */
const held = (name: string): string => `import { each, pipeline, task, z } from 'DSL'
${EFFECT}
export const hold = task('hold', {
  input: z.object({ step: z.int() }),
  output: z.object({ step: z.int() }),
  timeout: '10 minutes',
  run: async ({ step }) => {
    effect(\`${name}-\${step}\`)
    await untilThere('${name}-may-end')
    return { step }
  },
})
export default pipeline('${name}', { steps: [each(Array.from({ length: ${STEPS} }, (_, step) => step), (step) => hold({ step }))] })
`

let rig: Rig

beforeAll(async () => {
  rig = await aRig(inject('temporalAddress'), await aProject({ 'all.ts': held('all'), 'none.ts': held('none') }))
  await rig.startWorker()
})

afterAll(async () => {
  await rig.close()
  await rig.project.remove()
})

function begunOf(name: string): readonly number[] {
  const counts = Object.entries(countsOf(rig.project.stateFolder))
  return counts.filter(([step]) => step.startsWith(`${name}-`)).map(([, count]) => count)
}

async function untilAllTurnsAreTaken(name: string): Promise<RunHandle> {
  const handle = await rig.start(await rig.project.prepare(`${name}.ts`))
  await eventually(`${TURNS} steps of "${name}" run`, () => begunOf(name).length >= TURNS)
  return handle
}

// Each turn is a process, so a machine of many processors would start very many.
describe.skipIf(TURNS > 64)('more light steps than a worker has turns', () => {
  it('run so many at a time, and each once, whose limit does not count the wait', async () => {
    const handle = await untilAllTurnsAreTaken('all')
    const { events = [] } = await handle.fetchHistory()
    const scheduled = (events ?? []).flatMap((event) => event.activityTaskScheduledEventAttributes ?? [])
    expect(scheduled).toHaveLength(STEPS)
    expect(scheduled.map((step) => Number(step.startToCloseTimeout?.seconds) > 86_400)).not.toContain(false)
    expect(begunOf('all')).toHaveLength(TURNS)
    await rig.project.write({ '.anneal/all-may-end': '' })
    await handle.result()
    expect(begunOf('all')).toEqual(Array.from({ length: STEPS }, () => 1))
  })

  it('end with their run, those that wait without having begun', async () => {
    const handle = await untilAllTurnsAreTaken('none')
    await handle.cancel()
    await expect(handle.result()).rejects.toThrow(WorkflowFailedError)
    expect(begunOf('none')).toHaveLength(STEPS - WAITING)
  })
})
