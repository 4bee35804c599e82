import { ok } from 'node:assert'
import { expect, it } from 'vitest'
import { decidedNodes, finishedNodes, isWhole } from '../../workflows/run-state.ts'
import { chosenSeed, seeded } from '../engine/seeded.ts'
import { playRun, someNodes, type Faults } from './simulated-run.ts'

const SCHEDULES = 20_000

/** Of one pipeline: it is run again after each failure, and goes on where it continues as new. */
async function playToEnd(random: () => number): Promise<{ readonly executions: number; readonly ended: string }> {
  const nodes = someNodes(random)
  const faults: Faults = { left: Math.floor(random() * 6) }
  let finished: ReturnType<typeof finishedNodes> = []
  for (let executions = 1; executions <= 8; executions += 1) {
    const run = await playRun(nodes, { finished, random, faults })
    ok(run.running === 0)
    const done = finishedNodes(run)
    ok(
      finished.every(({ node }) => done.some((one) => one.node === node)),
      'expected nothing that is done to be lost',
    )
    if (run.stopping === false) ok(isWhole(run), 'expected a run that nothing stopped to be whole')
    if (isWhole(run) && decidedNodes(run).length === 0) return { executions, ended: 'completed' }
    // The engine finds what is published again; a verdict stands in its result's place.
    finished = done.filter(({ verdict }) => verdict === undefined)
  }
  throw new Error('expected an end once faults stop')
}

it(
  'a run ends whole whatever fails, is cancelled or grows too long, no node twice and none before its needs',
  { timeout: 120_000 },
  async () => {
    const first = chosenSeed()
    const counts = { completed: 0, disturbed: 0 }
    for (let seed = first; seed < first + SCHEDULES; seed += 1) {
      const { executions, ended } = await playToEnd(seeded(seed)).catch((cause: unknown) => {
        throw new Error(`SEED=${seed}`, { cause })
      })
      if (ended === 'completed') counts.completed += 1
      if (executions > 1) counts.disturbed += 1
    }
    expect(counts.completed).toBe(SCHEDULES)
    // Else the faults were none.
    expect(counts.disturbed).toBeGreaterThan(SCHEDULES / 10)
  },
)
