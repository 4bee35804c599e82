import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { killGroup } from '../../activities/children/orphans.ts'
import type { Prepared } from '../../cli/pipeline-file/prepare.ts'
import { canonicalJson } from '../../dsl/digest.ts'
import type { Json } from '../../dsl/plan.ts'
import { workFiles } from '../../cli/chaos/leftovers.ts'
import { aCopyOf, type Project } from '../engine/project.ts'
import { namesUnder } from './checkpoints.ts'
import type { Death } from './dying-calls.ts'
import { layDays } from './flights.ts'
import { flightsPipeline } from './flights-pipeline.ts'
import { aFlightsRig, asOfParam, flightsRigOf, withPlan, withPolicy, type FlightsRig, type Ran } from './flights-rig.ts'

const DAYS = 3
const AS_OF = asOfParam(DAYS + 1)

let origin: FlightsRig
/** Up to registration, which is done in the store of `origin`. */
let ran: Ran
/** The same and online features; what comes after them is left out. */
let prepared: Prepared
/** What `ran` has left, and nothing more. */
let copy: FlightsRig

beforeAll(async () => {
  origin = await aFlightsRig({ days: DAYS })
  const text = flightsPipeline({ window: '3 days', rounds: 2, more: "canary: 'direct'," })
  const policy = { heartbeatMillis: 2000, backoffMillis: 100, attempts: 20 }
  const whole = await withPolicy(origin.project, await origin.compile(text.replace("'2 days'", "'1 day'")), policy)
  const { nodes } = whole.plan
  const online = nodes.filter(({ kind }) => kind !== 'direct')
  prepared = await withPlan(origin.project, whole, { nodes: online, results: ['register', 'materialize'] })
  const registering = { nodes: online.filter(({ kind }) => kind !== 'materialize'), results: ['register'] }
  await origin.startWorker()
  ran = await origin.ran(await origin.start(await withPlan(origin.project, whole, registering), AS_OF))
  copy = await flightsRigOf(await aCopyOf(origin.project))
  await layDays(join(copy.project.root, 'flights'), 1, DAYS)
}, 120_000)

afterAll(() => origin.remove())

it('a run writes online features by which rows of its table come out as they were trained on, once', async () => {
  const first = await origin.ran(await origin.start(prepared, AS_OF))
  expect(first).toMatchObject({ outcome: 'completed' })
  expect(first.worked).toEqual(['materialize'])
  const { materialize, features } = first.outputs
  expect(materialize).toMatchObject({ state: 'materialized', file: { name: 'online.sqlite' } })
  expect(materialize.compared).toBeGreaterThan(1500)
  expect(materialize.compared).toBeLessThanOrEqual(features.table.rows)
  expect((await origin.ran(await origin.start(prepared, AS_OF))).worked).toEqual([])
}, 60_000)

it('a feature that is another one online ends the run, and is named without a value', async () => {
  const { evaluate } = ran.outputs
  const windows = canonicalJson(evaluate.made.examples.spec).replaceAll(
    '"withinMillis":21600000',
    '"withinMillis":21540000',
  )
  const examples = { ...evaluate.made.examples, spec: JSON.parse(windows) as Json }
  const value = JSON.parse(canonicalJson({ ...evaluate, made: { ...evaluate.made, examples } })) as Json
  const nodes = prepared.plan.nodes.map((node) =>
    node.kind === 'materialize' ? { ...node, spec: { candidate: { from: 'literal', value } as const } } : node,
  )
  const skewed = await origin.ran(await origin.start(await withPlan(origin.project, prepared, { nodes }), AS_OF))
  expect(skewed).toMatchObject({ outcome: 'features-skewed' })
  expect(skewed.outputs.materialize).toEqual({
    state: 'skewed',
    skews: [
      {
        feature: 'origin_delay_6h',
        differing: expect.any(Number),
        compared: expect.any(Number),
        firstRow: expect.any(Number),
      },
    ],
    compared: expect.any(Number),
  })
}, 60_000)

const DEATHS: readonly Death[] = [
  { call: 'linkSync', path: '/store/results/', count: 1 },
  { call: 'linkSync', path: '/store/artifacts/', count: 1 },
  { call: 'linkSync', path: '/store/results/', count: 2 },
]

it('killed before it claims, stores or publishes, or while it writes, it comes to the same file', async () => {
  try {
    const handle = await copy.start(prepared, AS_OF)
    for (const death of DEATHS) {
      const worker = await copy.startWorker({ DIES_AT: JSON.stringify(death) }, 'test/batch/dying-program.ts')
      expect(await worker.ended).toBe('SIGKILL')
    }
    await copy.startWorker()
    await killWriter(copy.project)
    const { outcome, outputs } = await copy.ran(handle)
    expect(outcome).toBe('completed')
    const undisturbed = await origin.ran(await origin.start(prepared, AS_OF))
    expect(outputs.materialize).toEqual(undisturbed.outputs.materialize)
    await copy.close()
    expect(await workFiles(copy.project)).toEqual([])
  } finally {
    await copy.remove()
  }
}, 120_000)

/** The child that writes the file, once there is some of it. */
async function killWriter({ stateFolder }: Project): Promise<void> {
  const work = join(stateFolder, 'work')
  while (!namesUnder(join(work, 'steps')).some((name) => name.endsWith('online.sqlite'))) await setImmediate()
  const writers = namesUnder(join(work, 'children')).filter((name) =>
    readFileSync(join(work, 'children', name), 'utf8').includes('workFolder'),
  )
  expect(writers).toHaveLength(1)
  killGroup(Number(writers[0]?.split('-')[0]))
}
