import { memoryMibOf } from '../activities/children/memory-use.ts'
import { starterOf } from './engine.ts'
import type { Figure } from './measure.ts'
import type { Rig, WatchedRig } from './rig.ts'

/** As many workflows as a worker keeps in memory, and ten times as many. */
const [CACHED, ALL] = [400, 4000]
const AT_ONCE = 50

/**
 * Runs that wait for what may take weeks: beyond those that it keeps, a worker holds none of them in memory. Its peer is
 * itself once it has dropped as many as it keeps, when the code for that is compiled and the allocator has its arenas.
 */
export async function waitingRuns(rig: WatchedRig): Promise<Figure> {
  const start = await starterOf(rig, 'waiting')
  const resident: number[] = []
  const startUntil = async (count: number): Promise<void> => {
    while (resident.length * CACHED < count) {
      await startMore(rig, { start, before: resident.length * CACHED })
      resident.push(memoryMibOf(rig.worker.pid))
    }
  }
  await startUntil(2 * CACHED)
  const peer = await rig.workerUsedMib()
  await startUntil(ALL)
  const ours = await rig.workerUsedMib()
  const each = resident.map((mib) => mib.toFixed(0)).join(', ')
  const details = [`resident with ${CACHED} runs, ${2 * CACHED}, and so on, garbage included: ${each} MiB`]
  return { case: 'waiting-runs', ours, peer, ratio: ours / peer, unit: 'MiB', bound: '<= 1.1', details }
}

interface More {
  readonly start: () => Promise<unknown>
  /** Runs that wait already. */
  readonly before: number
}

async function startMore(rig: Rig, { start, before }: More): Promise<void> {
  for (let more = 0; more < CACHED; more += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, () => start()))
  }
  await untilWaiting(rig, before + CACHED)
}

async function untilWaiting({ client }: Rig, count: number): Promise<void> {
  const query = "AnnealPipeline = 'bench-waiting' AND AnnealAwaiting = 'worker'"
  while ((await client.workflow.count(query)).count < count) await new Promise((resolve) => setTimeout(resolve, 100))
}
