import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { trainAt } from '../../activities/node-recipes.ts'
import type { Prepared } from '../../cli/pipeline-file/prepare.ts'
import type { RunHandle } from '../../cli/run/start-run.ts'
import type { Digest } from '../../dsl/plan.ts'
import { decodeEntry } from '../../store/result-record.ts'
import type { RunStatus } from '../../workflows/run-status.ts'
import { eventually } from '../engine/eventually.ts'
import { chainHeads, processesUnder, workFiles } from '../../cli/chaos/leftovers.ts'
import { aCopyOf, type Project } from '../engine/project.ts'
import { checkpointsIn, namesUnder } from './checkpoints.ts'
import { flightsPipeline } from './flights-pipeline.ts'
import { aFlightsRig, asOfParam, digestsOf, flightsRigOf, withPolicy, type FlightsRig } from './flights-rig.ts'

const DAYS = 4
const SHORT = { window: '4 days', rounds: 2, leaves: [127] }
const SEGMENTS = 10

/** Everything before training is there. */
let origin: FlightsRig
let prepared: Prepared
let undisturbed: ReturnType<typeof digestsOf>

beforeAll(async () => {
  origin = await aFlightsRig({ days: DAYS })
  await origin.startWorker()
  await origin.run(flightsPipeline(SHORT), DAYS + 1)
  const long = await origin.compile(flightsPipeline({ ...SHORT, rounds: 2 * SEGMENTS }))
  prepared = await withPolicy(origin.project, long, { heartbeatMillis: 2000, backoffMillis: 100, attempts: 20 })
  undisturbed = await inCopy(async (rig) => {
    await rig.startWorker()
    return digestsOf(await rig.ran(await rig.start(prepared, asOfParam(DAYS + 1))))
  })
}, 120_000)

afterAll(() => origin.remove())

async function inCopy<T>(use: (rig: FlightsRig) => Promise<T>): Promise<T> {
  const copy = await aCopyOf(origin.project)
  await cp(join(origin.project.root, 'flights'), join(copy.root, 'flights'), { recursive: true })
  const rig = await flightsRigOf(copy)
  try {
    return await use(rig)
  } finally {
    await rig.remove()
  }
}

/** The segments that each attempt has trained, by its working folder, which goes with it, file by file: what was seen stays. */
function segmentsAt({ stateFolder }: Project, seen: Map<string, readonly number[]>): void {
  const steps = join(stateFolder, 'work/steps')
  for (const folder of namesUnder(steps)) {
    const found = namesUnder(join(steps, folder)).flatMap((name) => /^segment-(\d+)\.txt$/.exec(name)?.[1] ?? [])
    const trained = [...new Set([...(seen.get(folder) ?? []), ...found.map(Number)])]
    if (trained.length > 0)
      seen.set(
        folder,
        trained.toSorted((one, other) => one - other),
      )
  }
}

describe('training that was killed after its second checkpoint', () => {
  it('goes on from there in another worker, and makes the same model', { timeout: 180_000 }, async () => {
    await inCopy(async (rig) => {
      const { project } = rig
      const first = await rig.startWorker()
      const handle = await rig.start(prepared, asOfParam(DAYS + 1))
      await eventually('the second checkpoint', () => checkpointsIn(project).includes(2), {
        everyMillis: 2,
      })
      first.kill()
      await first.ended
      const kept = checkpointsIn(project)
      expect(Math.max(...kept)).toBeLessThan(SEGMENTS)
      const before = new Set(namesUnder(join(project.stateFolder, 'work/steps')))
      await rig.startWorker()
      const seen = new Map<string, readonly number[]>()
      const result = handle.result()
      const ended = result.then(() => 'ended' as const)
      await eventually('the run has ended', async () => {
        segmentsAt(project, seen)
        return (await Promise.race([ended, Promise.resolve('running')])) === 'ended'
      })
      const trained = [...seen].filter(([folder]) => !before.has(folder)).map(([, segments]) => segments)
      expect(trained).toHaveLength(1)
      const [segments = []] = trained
      expect(segments[0]).toBe(Math.max(...kept) + 1)
      expect(segments.at(-1)).toBeGreaterThanOrEqual(SEGMENTS - 1)
      expect(digestsOf(await rig.ran(handle))).toEqual(undisturbed)
      expect(checkpointsIn(project)).toEqual([])
    })
  })
})

/** The name of the training's result, from when its feature table is there. Asks a worker. */
async function trainKey({ store: { results } }: Project, handle: RunHandle): Promise<Digest | undefined> {
  const { plan } = prepared
  const node = plan.nodes.find((one) => one.kind === 'train')
  const features = (await handle.query<RunStatus>('status')).nodes.find(({ kind }) => kind === 'features')
  if (node === undefined || features?.state !== 'done') return undefined
  const table = await results.find(features.answer.key)
  if (table === undefined) return undefined
  const outputs = new Map([[features.id, await results.output(table)]])
  return trainAt({ plan, node, scope: { node: node.id, parameters: {}, outputs } }).key
}

/** What stands in a chain from the second revision on. */
async function chainOf({ store }: Project, key: Digest): Promise<readonly unknown[]> {
  const names = (await store.objects.list(`results/${key.slice(0, 2)}/${key}.`)).filter((name) => /\.[2-9]$/.test(name))
  const entries = await Promise.all(
    names.toSorted().map(async (name) => {
      const entry = decodeEntry(name, (await store.objects.get(name)) ?? new Uint8Array())
      return [Number(name.at(-1)), entry.state === 'claim' ? `claim of ${entry.owner.pid}` : entry.state]
    }),
  )
  return entries.flat()
}

describe('training whose worker is paused past its lease', () => {
  it(
    'is published by the worker that went on with it, and not by the one that comes back',
    { timeout: 180_000 },
    async () => {
      await inCopy(async (rig) => {
        const { project } = rig
        const stale = await rig.startWorker()
        const handle = await rig.start(prepared, asOfParam(DAYS + 1))
        const key = await eventually('the training is next', () => trainKey(project, handle))
        await eventually('the first checkpoint', () => checkpointsIn(project).length > 0, {
          everyMillis: 2,
        })
        process.kill(stale.pid, 'SIGSTOP')
        try {
          const other = await rig.startWorker()
          await eventually("the other worker has the training's claim", async () => {
            const head = (await chainHeads(project)).get(key)
            return head?.state === 'claim' && head.owner.pid === other.pid
          })
          process.kill(stale.pid, 'SIGCONT')
          expect(digestsOf(await rig.ran(handle))).toEqual(undisturbed)
          // The stale one holds the first revision, and could publish at the second only: that is taken.
          expect(await chainOf(project, key)).toEqual([2, `claim of ${other.pid}`, 3, 'result'])
        } finally {
          process.kill(stale.pid, 'SIGCONT')
        }
        expect((await rig.registry.versions('delay-127')).map(({ version }) => version)).toEqual([1, 2])
        await rig.close()
        await project.store.objects.sweepTemporaryFiles()
        expect(await workFiles(project)).toEqual([])
        expect(processesUnder(project.stateFolder)).toEqual([])
      })
    },
  )
})
