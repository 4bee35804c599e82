import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { publishedResults } from '../../cli/chaos/leftovers.ts'
import { aCopyOf } from '../engine/project.ts'
import { namesUnder } from './checkpoints.ts'
import { layDays } from './flights.ts'
import { flightsPipeline } from './flights-pipeline.ts'
import { aFlightsRig, digestsOf, flightsRigOf, type FlightsRig, type Ran } from './flights-rig.ts'

let rig: FlightsRig
let first: Ran

beforeAll(async () => {
  rig = await aFlightsRig({ days: 6 })
  await rig.startWorker()
  first = await rig.run(flightsPipeline(), 7)
}, 120_000)

afterAll(() => rig.remove())

/** How many files have been read into parts. */
async function filesRead(): Promise<number> {
  const published = await publishedResults(rig.project)
  const outputs = await Promise.all(
    published
      .filter(({ meta }) => meta.node === 'ingest:flights')
      .map((result) => rig.project.store.results.output(result)),
  )
  return outputs.filter((output) => typeof output === 'object' && output !== null && 'part' in output).length
}

describe('a second run', () => {
  it('reuses every node', async () => {
    const { ran, reused, worked, ...second } = await rig.run(flightsPipeline(), 7)
    expect({ ran, reused, worked }).toEqual({ ran: 0, reused: 8, worked: [] })
    expect(second.results).toEqual(first.results.map((result) => ({ ...result, reused: true })))
    expect(await rig.registry.versions('delay-15')).toHaveLength(1)
    expect(await rig.datasets.versions('flights')).toHaveLength(1)
  })

  it('measures and registers anew where a gate has changed, and no more', async () => {
    const { worked, outputs } = await rig.run(flightsPipeline({ auc: 0.51 }), 7)
    expect(worked).toEqual(['evaluate', 'register'])
    expect(outputs.train).toEqual(first.outputs.train)
    // Other evidence: it was held to another gate.
    expect(outputs.register).toMatchObject({ version: 2, rootDigest: first.outputs.register.rootDigest })
  })

  it('runs nothing where a timeout has changed', async () => {
    const { worked } = await rig.run(flightsPipeline({ timeout: '2 days' }), 7)
    expect(worked).toEqual([])
  })
})

describe('a worker that finds all of a run done', () => {
  it('answers it without a child for data', async () => {
    const copy = await flightsRigOf(await aCopyOf(rig.project))
    onTestFinished(() => copy.remove())
    await cp(join(rig.project.root, 'flights'), join(copy.project.root, 'flights'), { recursive: true })
    await copy.startWorker()
    expect(await copy.run(flightsPipeline(), 7)).toMatchObject({ ran: 0, reused: 8 })
    // The blank one, that is there from a worker's start on.
    expect(namesUnder(join(copy.project.stateFolder, 'work/children'))).toHaveLength(1)
  })
})

describe('a run one day later', () => {
  it('reads the file of the day that has come, and trains anew', async () => {
    expect(await filesRead()).toBe(6)
    await layDays(join(rig.project.root, 'flights'), 7, 7)
    const later = await rig.run(flightsPipeline(), 8)
    expect(await filesRead()).toBe(7)
    const [before, after] = [digestsOf(first), digestsOf(later)]
    // The last day had flights whose outcome was not known yet.
    expect(after.parts.slice(0, 5)).toEqual(before.parts.slice(0, 5))
    expect(after.parts[5]).not.toBe(before.parts[5])
    expect(after.model).not.toBe(before.model)
    expect(later.outputs['validate:flights'].dataset.parts).toHaveLength(7)
    expect(await rig.datasets.versions('flights')).toHaveLength(2)
    expect((await rig.registry.versions('delay-15')).map(({ asOf }) => asOf?.slice(0, 10))).toEqual([
      '2001-01-07',
      '2001-01-07',
      '2001-01-08',
    ])
  })

  it('reads no file again where asOf falls into a day', async () => {
    const { outputs } = await rig.run(flightsPipeline(), '2001-01-07T12:00:00Z')
    expect(await filesRead()).toBe(7)
    const { parts } = outputs['validate:flights'].dataset
    expect(parts.at(-1)?.span?.last).toMatch(/^2001-01-07T11:/)
    expect(outputs.features.table.asOf).toBe('2001-01-07T12:00:00.000000Z')
  })
})
