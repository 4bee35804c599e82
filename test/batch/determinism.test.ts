import { afterAll, beforeAll, expect, it } from 'vitest'
import { publishedResults } from '../../cli/chaos/leftovers.ts'
import type { Project } from '../engine/project.ts'
import { flightsPipeline } from './flights-pipeline.ts'
import { aFlightsRig, digestsOf, type FlightsRig } from './flights-rig.ts'

let rigs: readonly FlightsRig[] = []

beforeAll(async () => {
  rigs = await Promise.all([aFlightsRig({ days: 8 }), aFlightsRig({ days: 8 })])
  await Promise.all(rigs.map((rig) => rig.startWorker()))
}, 120_000)

afterAll(() => Promise.all(rigs.map((rig) => rig.remove())))

async function resultsIn(project: Project): Promise<Readonly<Record<string, string>>> {
  const published = await publishedResults(project)
  return Object.fromEntries(published.map(({ key, digest, meta }) => [`${meta.node} ${key}`, digest]))
}

it(
  'two runs from scratch make the same bytes of the same flights, whatever the project, the store and the key',
  { timeout: 180_000 },
  async () => {
    const [one, other] = await Promise.all(rigs.map((rig) => rig.run(flightsPipeline(), 9)))
    if (one === undefined || other === undefined) throw new Error('expected two runs')
    expect(one.reused + other.reused).toBe(0)
    expect(digestsOf(other)).toEqual(digestsOf(one))
    expect(digestsOf(one).parts).toHaveLength(8)
    const [first, second] = await Promise.all(rigs.map(({ project }) => resultsIn(project)))
    expect(second).toEqual(first)
  },
)
