import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Disturbed } from '../../cli/chaos/disturb.ts'
import { killText } from '../../cli/chaos/report.ts'
import { aProject, type Project } from '../engine/project.ts'
import { chosenSeed } from '../engine/seeded.ts'
import { chaosOf } from './chaos-rig.ts'
import { TWENTY_NODES } from './twenty-nodes.ts'

const SEED = chosenSeed()
/** Of them two in three hit the worker, the others in turn a child and the server. */
const KILLS = Number(process.env['KILLS'] ?? 60)
const PER_RUN = 6

let project: Project
let disturbed: Disturbed

beforeAll(async () => {
  project = await aProject(TWENTY_NODES)
  const targets = ['worker', 'child', 'worker', 'worker', 'server', 'worker'] as const
  disturbed = await chaosOf(project, { kills: KILLS, perRun: PER_RUN, seed: SEED, targets })
}, KILLS * 12_000)

afterAll(() => project.remove())

it('is measured against a run of 20 nodes that leaves 24 results, the same each time', () => {
  const { outcome, left, unstable } = disturbed.expected
  expect(outcome).toBe('completed')
  expect(left.published).toHaveLength(24)
  expect(unstable).toEqual([])
})

it('SIGKILL at random moments of a run of 20 nodes leaves it as if nothing had been', () => {
  const { rounds } = disturbed
  expect(rounds).toHaveLength(Math.ceil(KILLS / PER_RUN))
  expect(
    rounds.flatMap(({ kills, differences }) =>
      differences.length > 0 ? [{ differences, kills: kills.map(killText) }] : [],
    ),
  ).toEqual([])
  expect(rounds.map(({ outcome }) => outcome)).toEqual(rounds.map(() => 'completed'))
})

it('and the kills do come while it goes on', () => {
  const struck = disturbed.rounds.flatMap((round) => round.struck)
  expect(struck.filter(({ target }) => target === 'worker').length).toBeGreaterThanOrEqual(KILLS / 2)
  expect(struck.filter(({ target }) => target === 'server').length).toBeGreaterThanOrEqual(KILLS / 10)
  expect(struck.filter(({ target }) => target === 'child').length).toBeGreaterThanOrEqual(KILLS / 20)
})
