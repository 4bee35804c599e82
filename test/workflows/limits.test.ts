import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { aProject } from '../engine/project.ts'
import { aRig, type Rig } from '../engine/rig.ts'
import { measuredHistories, type Measured } from './histories.ts'

const timeout = 600_000
/** 10,000 in full. */
const ITEMS = Number(process.env['ITEMS'] ?? 2000)

const HEAD = `import { each, pipeline, task, z, type Step } from 'DSL'
const Numbers = z.object({ list: z.array(z.int()) })
export const sum = task('sum', {
  input: Numbers,
  output: z.object({ n: z.int() }),
  run: ({ list }) => ({ n: list.reduce((total, n) => total + n, 0) }),
})
`

/** Nine layers of 111 nodes, each of which adds its index to one node of the layer before, and a last node that reads them all. */
const THOUSAND = `${HEAD}
const steps = Array.from({ length: 999 }).reduce<readonly Step<{ n: number }>[]>((steps, _, index) => {
  const before = steps[index - 111]
  const list = before === undefined ? [index] : [before.output.n, index]
  return [...steps, sum({ list }, { id: \`a-step-of-some-length-\${index}\` })]
}, [])
export default pipeline('thousand', { steps: [sum({ list: steps.map((step) => step.output.n) }, { id: 'all' })] })
`

/** An index is in its own sum and in those of the layers after it. */
const SUM = Array.from({ length: 999 }, (_, index) => index * (9 - Math.floor(index / 111))).reduce((a, b) => a + b)

/** Two lists at once. */
const LISTS = `${HEAD}
const half = (from: number) => each(
  Array.from({ length: ${ITEMS / 2} }, (_, index) => from + index),
  (n) => sum({ list: [n, 1] }),
  { id: \`from-\${from}\` },
)
export default pipeline('lists', { steps: [half(0), half(1_000_000)] })
`

let rig: Rig

beforeAll(async () => {
  rig = await aRig(inject('temporalAddress'), await aProject({ 'thousand.ts': THOUSAND, 'lists.ts': LISTS }))
  await rig.startWorker()
})

afterAll(async () => {
  await rig.close()
  await rig.project.remove()
})

describe('within the bounds of 2,000 events an execution and 64 KiB a payload', () => {
  it('stays a run of 1,000 nodes, the last of which needs all others', { timeout }, async () => {
    const handle = await rig.start(await rig.project.prepare('thousand.ts'))
    const { results, ...counts } = await handle.result()
    expect(counts).toEqual({ outcome: 'completed', ran: 1000, reused: 0 })
    expect((await rig.project.store.results.find(results[0]?.key ?? ''))?.value).toEqual({ n: SUM })
    expectWithinBounds(await measuredHistories(rig.client, handle))
  })

  it(`stays a run of two lists of ${ITEMS / 2} elements`, { timeout }, async () => {
    const handle = await rig.start(await rig.project.prepare('lists.ts'))
    expect(await handle.result()).toMatchObject({ outcome: 'completed', ran: 2 })
    expectWithinBounds(await measuredHistories(rig.client, handle))
  })
})

function expectWithinBounds(executions: readonly Measured[]): void {
  expect(executions.length).toBeGreaterThan(1)
  for (const { events, largestPayload } of executions) {
    expect(events).toBeLessThan(2000)
    expect(largestPayload).toBeLessThan(64 * 1024)
  }
}
