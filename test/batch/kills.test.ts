import { readFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { killGroup } from '../../activities/children/orphans.ts'
import type { Prepared } from '../../cli/pipeline-file/prepare.ts'
import { eventually } from '../engine/eventually.ts'
import { processesUnder, publishedResults, workFiles } from '../../cli/chaos/leftovers.ts'
import { aCopyOf, type Project } from '../engine/project.ts'
import { chosenSeed, seeded } from '../engine/seeded.ts'
import { aSupervisedWorker } from '../engine/supervised-worker.ts'
import { checkpointsIn, namesUnder } from './checkpoints.ts'
import { flightsPipeline } from './flights-pipeline.ts'
import { aFlightsRig, asOfParam, flightsRigOf, withPolicy, type FlightsRig } from './flights-rig.ts'

const SEED = chosenSeed()
/** Runs, of three kills each. */
const ROUNDS = Number(process.env['ROUNDS'] ?? 5)
const TARGETS = ['worker', 'DuckDB child', 'trainer child'] as const
type Target = (typeof TARGETS)[number]

const DAYS = 3
const TEXT = flightsPipeline({ window: '3 days', rounds: 8, leaves: [31] }).replace(
  "holdout: '2 days'",
  "holdout: '1 day'",
)

let origin: FlightsRig
let prepared: Prepared
/** Output digests by result key of a run that nobody disturbed. */
let undisturbed: Readonly<Record<string, string>>

beforeAll(async () => {
  origin = await aFlightsRig({ days: DAYS })
  // As long as a test can wait for the death of a worker to be noticed, and as often as it may be killed.
  prepared = await withPolicy(origin.project, await origin.compile(TEXT), {
    heartbeatMillis: 2000,
    backoffMillis: 100,
    attempts: 20,
  })
  const store = await aCopyOf(origin.project)
  const rig = await flightsRigOf(await withSources(store))
  await rig.startWorker()
  await (await rig.start(prepared, asOfParam(DAYS + 1))).result()
  undisturbed = await digestsIn(rig.project)
  await rig.remove()
}, 120_000)

afterAll(() => origin.remove())

async function withSources(copy: Project): Promise<Project> {
  await cp(join(origin.project.root, 'flights'), join(copy.root, 'flights'), { recursive: true })
  return copy
}

async function digestsIn(of: Project): Promise<Readonly<Record<string, string>>> {
  const published = await publishedResults(of)
  const digests = published.map(({ key, digest, meta }) => [`${meta.node} ${key}`, digest] as const)
  return Object.fromEntries(digests.toSorted(([one], [other]) => one.localeCompare(other)))
}

describe.concurrent('SIGKILL of worker, DuckDB child and trainer child, each at a random moment', () => {
  it.each(Array.from({ length: ROUNDS }, (_, round) => round + 1))(
    'leaves a run from files to a registered model as if nothing had been, round %i',
    { timeout: 240_000 },
    async (round) => {
      const rig = await flightsRigOf(await withSources(await aCopyOf(origin.project)))
      const workers = await aSupervisedWorker(rig)
      try {
        const handle = await rig.start(prepared, asOfParam(DAYS + 1))
        const kills = TARGETS.map(async (target, place) => {
          const random = seeded((SEED * 1000 + round) * TARGETS.length + place)
          await untilMoment(rig.project, target, random)
          const worker = workers.pid()
          kill(rig.project, { target, worker, random })
          return worker
        })
        const [killed] = await Promise.all(kills)
        expect(await handle.result()).toMatchObject({ outcome: 'completed' })
        // One that was started after the last kill of a worker has swept up after it, and ends in order.
        await eventually('another worker is ready', () => workers.pid() !== killed)
        await workers.stop()
        await expectUndisturbed(rig)
      } finally {
        await workers.stop({ atOnce: true })
        await rig.remove()
      }
    },
  )
})

async function expectUndisturbed(rig: FlightsRig): Promise<void> {
  const { project } = rig
  expect(await digestsIn(project)).toEqual(undisturbed)
  expect((await rig.registry.versions('delay-31')).map(({ version }) => version)).toEqual([1])
  expect(checkpointsIn(project)).toEqual([])
  await eventually('no process is left', () => processesUnder(project.stateFolder).length === 0, {
    withinMillis: 10_000,
  })
  expect(await workFiles(project)).toEqual([])
}

/** A moment of the run, and a while after it; of a child's life where a child is to die. */
async function untilMoment(project: Project, target: Target, random: () => number): Promise<void> {
  const [first, count] = MOMENTS[target]
  const moment = first + Math.floor(random() * count)
  await eventually(`${moment} signs of progress`, () => progressOf(project) >= moment, PATIENT)
  await setTimeout(random() * 200)
  if (target === 'worker') return
  const found = (): boolean => victims(project, target).length > 0 || isOver(project)
  await eventually(`a ${target} to kill`, found, PATIENT)
}

/** A busy machine runs all rounds at once. */
const PATIENT = { everyMillis: 10, withinMillis: 150_000 }

/** The first one and how many, in signs of progress. */
const MOMENTS: Readonly<Record<Target, readonly [first: number, count: number]>> = {
  worker: [0, 12],
  'DuckDB child': [0, 10],
  'trainer child': [7, 4],
}

/** 3 parts, the dataset and 7 more results; 4 checkpoints come after the seventh and go with the eighth. */
function progressOf({ stateFolder }: Project): number {
  const folder = join(stateFolder, 'store/results')
  const isResult = (name: string): boolean => textAt(join(folder, name)).startsWith('{"result":')
  return namesUnder(folder).filter(isResult).length + checkpointsIn({ stateFolder }).length
}

function isOver({ stateFolder }: Project): boolean {
  return namesUnder(join(stateFolder, 'store/registry')).length > 0
}

interface Kill {
  readonly target: Target
  readonly worker: number
  readonly random: () => number
}

function kill(project: Project, { target, worker, random }: Kill): void {
  if (target === 'worker') killGroup(worker)
  else {
    const found = victims(project, target)
    const pid = found[Math.floor(random() * found.length)]
    // Its run may be over: there is nothing to kill.
    if (pid !== undefined) killGroup(pid)
  }
}

/** The children of the kind that are at work, by what they have written down. */
function victims({ stateFolder }: Project, target: Target): readonly number[] {
  const folder = join(stateFolder, 'work/children')
  const program = target === 'trainer child' ? 'python' : 'node'
  return namesUnder(folder)
    .filter((name) => textAt(join(folder, name)).includes('workFolder'))
    .map((name) => Number(name.split('-')[0]))
    .filter((pid) => textAt(`/proc/${pid}/cmdline`).split('\0')[0]?.includes(program))
}

function textAt(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
