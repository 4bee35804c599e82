import { appendFileSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { LifelineProcess } from '../../cli/dev/lifeline.ts'
import { supervise, type Supervision } from '../../cli/dev/supervise.ts'
import type { Prepared } from '../../cli/pipeline-file/prepare.ts'
import type { RunHandle } from '../../cli/run/start-run.ts'
import { findTemporalBinary } from '../../cli/temporal-server-binary.ts'
import { freePort, startTemporalServer } from '../../cli/temporal-server.ts'
import { countsOf, effectsOf } from '../engine/effects.ts'
import { eventually } from '../engine/eventually.ts'
import { chainHeads, processesUnder, publishedResults, workFiles } from '../engine/leftovers.ts'
import { aCopyOf, aProject, type Project } from '../engine/project.ts'
import { aRig, type Rig } from '../engine/rig.ts'
import { chosenSeed, seeded } from '../engine/seeded.ts'
import { TWENTY_NODES } from './twenty-nodes.ts'

const SEED = chosenSeed()
const ROUNDS = Number(process.env['ROUNDS'] ?? 20)
const TARGETS = ['worker', 'child', 'server'] as const

/** What any undisturbed run comes to, and any other has to. */
interface Undisturbed {
  /** Output digests by result key. */
  readonly digests: Readonly<Record<string, string>>
  readonly effects: number
  readonly history: History
}

let project: Project
let prepared: Prepared
let undisturbed: Undisturbed

beforeAll(async () => {
  project = await aProject(TWENTY_NODES)
  prepared = await project.prepare()
  undisturbed = await withRig(inject('temporalAddress'), async (rig) => {
    await rig.startWorker()
    const handle = await rig.start(prepared)
    await handle.result()
    return {
      digests: await digestsIn(rig.project),
      effects: effectsOf(rig.project.stateFolder).length,
      history: await historyOf(handle),
    }
  })
})

afterAll(() => project.remove())

it('is measured against a run of 20 nodes that leaves 21 effects and 24 results', () => {
  expect(prepared.plan.nodes).toHaveLength(20)
  expect(undisturbed.effects).toBe(21)
  expect(Object.keys(undisturbed.digests)).toHaveLength(24)
})

describe.concurrent('SIGKILL at a random moment of a run of 20 nodes', () => {
  it.each(
    Array.from({ length: ROUNDS }, (_, round) => ({ round, target: TARGETS[round % TARGETS.length] ?? 'worker' })),
  )(
    'of a $target, round $round: the run ends as if nothing had been',
    { timeout: 240_000 },
    async ({ round, target }) => {
      const random = seeded(SEED * 1000 + round)
      const shared = { address: inject('temporalAddress') }
      const { activityEvents, workflowTasks } =
        target === 'server'
          ? await withServer((server) => disturb(server, { target, random }))
          : await disturb(shared, { target, random })
      // An attempt that was cut off leaves no event; the last one's stand for it.
      expect(activityEvents).toBe(undisturbed.history.activityEvents)
      // Which completions share a workflow task differs from run to run; one each at most, and some for what was killed.
      expect(workflowTasks).toBeLessThanOrEqual(activityEvents / 3 + 10)
    },
  )
})

interface Disturbance {
  readonly target: (typeof TARGETS)[number]
  readonly random: () => number
}

/** Answers what the run's history holds. */
async function disturb(server: Server, { target, random }: Disturbance): Promise<History> {
  return withRig(server.address, async (rig, cleanUp) => {
    const { stateFolder } = rig.project
    const workers = await aSupervisedWorker(rig)
    cleanUp.push(() => workers.stop({ atOnce: true }))
    const handle = await rig.start(prepared)
    const moment = Math.floor(random() * 44)
    await eventually(`${moment} signs of progress`, () => progressOf(rig.project) >= moment, { everyMillis: 1 })
    const before = await chainHeads(rig.project)
    const counts = countsOf(stateFolder)
    if (target === 'worker') process.kill(workers.pid(), 'SIGKILL')
    else if (target === 'child') killChild(stateFolder, random)
    else await server.restart?.()
    await untilCompleted(handle)
    await workers.stop()
    await expectUndisturbed(rig.project)
    // What was published is not made again, whatever came after.
    for (const entry of before.values()) {
      if (entry.state !== 'result' || !(entry.result.meta.node in counts)) continue
      const { node } = entry.result.meta
      expect(countsOf(stateFolder)[node]).toBe(counts[node])
    }
    return historyOf(handle)
  })
}

async function expectUndisturbed(of: Project): Promise<void> {
  expect(await digestsIn(of)).toEqual(undisturbed.digests)
  await of.store.objects.sweepTemporaryFiles()
  expect(await workFiles(of)).toEqual([])
  expect(processesUnder(of.stateFolder)).toEqual([])
}

async function digestsIn(of: Project): Promise<Readonly<Record<string, string>>> {
  const published = await publishedResults(of)
  const digests = published.map(({ key, digest, meta }) => [`${meta.node} ${key}`, digest] as const)
  return Object.fromEntries(digests.toSorted(([one], [other]) => one.localeCompare(other)))
}

interface History {
  /** Scheduled, started and completed. */
  readonly activityEvents: number
  readonly workflowTasks: number
}

async function historyOf(handle: RunHandle): Promise<History> {
  const { events } = await handle.fetchHistory()
  const all = events ?? []
  const ofActivities = all.filter(
    (event) =>
      event.activityTaskScheduledEventAttributes ??
      event.activityTaskStartedEventAttributes ??
      event.activityTaskCompletedEventAttributes,
  )
  const tasks = all.filter((event) => event.workflowTaskScheduledEventAttributes)
  return { activityEvents: ofActivities.length, workflowTasks: tasks.length }
}

/** Grows from 0 to 46 in the course of a run. */
function progressOf({ stateFolder }: Project): number {
  return effectsOf(stateFolder).length + countOf(join(stateFolder, 'store/results'))
}

function countOf(folder: string): number {
  try {
    return readdirSync(folder, { recursive: true }).filter((name) => /[0-9a-f]{64}\.\d+$/.test(String(name))).length
  } catch {
    return 0
  }
}

/** One that works if there is one; each child has written down where. */
function killChild(stateFolder: string, random: () => number): void {
  const folder = join(stateFolder, 'work/children')
  const names = readdirSync(folder)
  const working = names.filter((name) => readFileSync(join(folder, name), 'utf8').includes('workFolder'))
  const candidates = working.length > 0 ? working : names
  const pid = Number(candidates[Math.floor(random() * candidates.length)]?.split('-')[0])
  process.kill(-pid, 'SIGKILL')
}

async function untilCompleted(handle: RunHandle): Promise<void> {
  const ended = await eventually(
    'the run has ended',
    async () => {
      // A server that starts does not answer yet.
      const { status } = await handle.describe().catch(() => ({ status: { name: 'RUNNING' } }))
      return status.name !== 'RUNNING' && status.name
    },
    { withinMillis: 200_000, everyMillis: 100 },
  )
  expect(ended).toBe('COMPLETED')
}

type CleanUp = (() => Promise<void>)[]

async function withRig<T>(address: string, use: (rig: Rig, cleanUp: CleanUp) => Promise<T>): Promise<T> {
  const rig = await aRig(address, await aCopyOf(project))
  const cleanUp: CleanUp = []
  try {
    return await use(rig, cleanUp)
  } finally {
    for (const act of cleanUp) await act()
    await rig.close()
    await rig.project.remove()
  }
}

async function aSupervisedWorker(rig: Rig): Promise<Supervision & { readonly pid: () => number }> {
  let current: LifelineProcess | undefined
  const supervision = await supervise({
    name: 'worker',
    start: rig.startWorker,
    changed: (process) => (current = process ?? current),
    report: (line) => appendFileSync(join(rig.project.root, 'workers.log'), `${line}\n`),
  })
  return { ...supervision, pid: () => current?.pid ?? 0 }
}

interface Server {
  readonly address: string
  /** Kills it, and starts it on the same port and database. */
  readonly restart?: () => Promise<void>
}

async function withServer<T>(use: (server: Server) => Promise<T>): Promise<T> {
  const folder = await aProject({})
  const output = (chunk: Buffer): void => appendFileSync(join(folder.root, 'server.log'), chunk)
  const binary = await findTemporalBinary({ report: () => {} })
  const options = { binary, dbFile: join(folder.root, 'temporal.db'), port: await freePort(), output }
  let server = await startTemporalServer(options)
  const restart = async (): Promise<void> => {
    server.kill()
    await server.ended
    server = await startTemporalServer(options)
  }
  try {
    return await use({ address: server.address, restart })
  } finally {
    server.kill()
    await server.ended
    await folder.remove()
  }
}
