import { memoryMibOf } from '../activities/children/memory-use.ts'
import { starterOf } from './engine.ts'
import type { Figure } from './measure.ts'
import type { Rig } from './rig.ts'

/** As many workflows as a worker keeps in memory, and five times as many. */
const [CACHED, ALL] = [400, 2000]
const AT_ONCE = 50

/** Runs that wait for what may take weeks: beyond those that it keeps, a worker holds none of them in memory. */
export async function waitingRuns(rig: Rig): Promise<Figure> {
  const start = await starterOf(rig, 'waiting')
  const held: number[] = []
  for (let running = 0; running < ALL; running += CACHED) {
    for (let more = 0; more < CACHED; more += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, () => start()))
    }
    await untilWaiting(rig, running + CACHED)
    held.push(memoryMibOf(rig.worker.pid))
  }
  const [peer = Number.NaN, ours = Number.NaN] = [held[0], held.at(-1)]
  const details = held.map((mib, index) => `${(index + 1) * CACHED} runs that wait: ${mib.toFixed(0)} MiB`)
  return { case: 'waiting-runs', ours, peer, ratio: ours / peer, unit: 'MiB', bound: '<= 1.1', details }
}

async function untilWaiting({ client }: Rig, count: number): Promise<void> {
  const query = "AnnealPipeline = 'bench-waiting' AND AnnealAwaiting = 'worker'"
  while ((await client.workflow.count(query)).count < count) await new Promise((resolve) => setTimeout(resolve, 100))
}
