import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Prepared } from '../../cli/pipeline-file/prepare.ts'
import { chainHeads, workFiles } from '../../cli/chaos/leftovers.ts'
import { checkpointsIn } from './checkpoints.ts'
import type { Death } from './dying-calls.ts'
import { flightsPipeline } from './flights-pipeline.ts'
import { aFlightsRig, asOfParam, withPolicy, type FlightsRig } from './flights-rig.ts'

const DAYS = 3
const CHECKPOINTS = [1, 2, 3, 4]
const TEXT = flightsPipeline({ window: '3 days', rounds: 8, leaves: [31] }).replace(
  "holdout: '2 days'",
  "holdout: '1 day'",
)

let rig: FlightsRig
let prepared: Prepared

beforeAll(async () => {
  rig = await aFlightsRig({ days: DAYS })
  const policy = { heartbeatMillis: 2000, backoffMillis: 100, attempts: 20 }
  prepared = await withPolicy(rig.project, await rig.compile(TEXT), policy)
}, 60_000)

afterAll(() => rig.remove())

/** What a worker leaves of its node when it dies there: what it has published, and how far it came with the rest. */
interface Left {
  readonly node: string
  readonly datasets: readonly number[]
  readonly checkpoints: readonly number[]
}

const ANNOUNCED: Death = { call: 'linkSync', path: '/store/datasets-names/', count: 1 }
const RECORDED: Death = { call: 'linkSync', path: '/store/datasets/', count: 1 }
const DROPPED: Death = { call: 'unlinkSync', path: '/store/checkpoints/', count: 1 }

/** In the order of a run: each worker goes on with what the one before has left. */
const DEATHS: readonly (readonly [Death, Left])[] = [
  [ANNOUNCED, { node: 'validate:flights', datasets: [], checkpoints: [] }],
  [RECORDED, { node: 'validate:flights', datasets: [], checkpoints: [] }],
  [DROPPED, { node: 'train', datasets: [1], checkpoints: CHECKPOINTS }],
  [
    { ...DROPPED, count: 3 },
    { node: 'train', datasets: [1], checkpoints: [3, 4] },
  ],
]

it('what a worker does after it has published is made good by the next one, wherever it was killed', async () => {
  const handle = await rig.start(prepared, asOfParam(DAYS + 1))
  for (const [death, { node, ...left }] of DEATHS) {
    const worker = await rig.startWorker({ DIES_AT: JSON.stringify(death) }, 'test/batch/dying-program.ts')
    expect(await worker.ended).toBe('SIGKILL')
    expect(await publishedNodes()).toContain(node)
    expect(await standing()).toEqual(left)
  }
  await rig.startWorker()
  expect(await handle.result()).toMatchObject({ outcome: 'completed' })
  expect(await standing()).toEqual({ datasets: [1], checkpoints: [] })
  await rig.close()
  expect(await workFiles(rig.project)).toEqual([])
}, 120_000)

async function publishedNodes(): Promise<readonly string[]> {
  const heads = [...(await chainHeads(rig.project)).values()]
  return heads.flatMap((head) => (head.state === 'result' ? [head.result.meta.node] : []))
}

async function standing(): Promise<Omit<Left, 'node'>> {
  const datasets = (await rig.datasets.versions('flights')).map(({ version }) => version)
  return { datasets, checkpoints: checkpointsIn(rig.project) }
}
