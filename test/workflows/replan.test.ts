import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { CliError } from '../../cli/errors.ts'
import type { Prepared } from '../../cli/pipeline-file/prepare.ts'
import { sendReplan } from '../../cli/plan-apply/send-replan.ts'
import { parametersOf } from '../../cli/run/parameters.ts'
import type { RunHandle } from '../../cli/run/start-run.ts'
import { storeOrder } from '../../activities/store-order.ts'
import type { Digest } from '../../dsl/plan.ts'
import type { RunStatus } from '../../workflows/run-status.ts'
import { withPolicy } from '../batch/flights-rig.ts'
import { countsOf, EFFECT } from '../engine/effects.ts'
import { eventually } from '../engine/eventually.ts'
import { aProject } from '../engine/project.ts'
import { aRig, type Rig } from '../engine/rig.ts'
import { aSupervisedWorker, type SupervisedWorker } from '../engine/supervised-worker.ts'
import { bundled } from './bundled.ts'

const WORKFLOWS = join(import.meta.dirname, '../../workflows')

/** `first` and `word` have run once `hold` runs, which waits for a file of the run's name; then comes `then`. */
function pipelineOf(then: string, { name = 'moved', hold = "'hold'" } = {}): string {
  return `import { parameter, pipeline, task, z } from 'DSL'
${EFFECT}
const Marked = z.object({ name: z.string(), after: z.string(), run: z.string() })
export const mark = task('mark', {
  input: Marked,
  output: z.object({ name: z.string() }),
  run: ({ name, run }) => {
    effect(\`\${run} \${name}\`)
    return { name }
  },
})
export const wait = task('wait', {
  input: Marked,
  output: z.object({ name: z.string() }),
  run: async ({ name, run }) => {
    await untilThere(\`go-\${run}\`)
    effect(\`\${run} \${name}\`)
    return { name }
  },
})
const run = parameter('run', z.string())
const first = mark({ name: 'first', after: '', run }, { id: 'first' })
const word = mark({ name: 'word', after: parameter('word', z.string(), 'hello'), run }, { id: 'word' })
const hold = wait({ name: ${hold}, after: first.output.name, run }, { id: 'hold' })
const then = (name: string, after: { readonly output: { readonly name: typeof first.output.name } }) =>
  mark({ name, after: after.output.name, run }, { id: name })
${then}
export default pipeline('${name}', { steps: [word, hold, last] })
`
}

const OLD = pipelineOf("const last = then('old', hold)")
const NEXT = pipelineOf("const other = then('other', hold)\nconst last = then('extra', other)")

let rig: Rig
let files = 0

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') })
  rig = await aRig(inject('temporalAddress'), await aProject({}))
  await rig.startWorker()
}, 60_000)

afterAll(async () => {
  await rig.close()
  await rig.project.remove()
})

async function compiled(text: string): Promise<Prepared> {
  const { project } = rig
  const file = `p${(files += 1)}.ts`
  await project.write({ [file]: text })
  return withPolicy(project, await project.prepare(file), { heartbeatMillis: 2000 })
}

/** A run of OLD that has come to `hold`. */
async function held(name: string, at: Rig = rig): Promise<RunHandle> {
  const handle = await at.start(await compiled(OLD), { param: [`run=${name}`] })
  await eventually('all that comes before it is done', async () => {
    const { nodes } = await handle.query<RunStatus>('status').catch((): Pick<RunStatus, 'nodes'> => ({ nodes: [] }))
    const states = Object.fromEntries(nodes.map(({ id, state }) => [id, state]))
    return states['first'] === 'done' && states['word'] === 'done' && states['hold'] === 'running'
  })
  return handle
}

function letGo(name: string): Promise<void> {
  return writeFile(join(rig.project.stateFolder, `go-${name}`), '')
}

async function orderOf({ plan, planDigest }: Prepared, name: string, more: readonly string[] = []): Promise<Digest> {
  const parameters = parametersOf(plan, [`run=${name}`, ...more])
  return storeOrder(rig.project.store.artifacts, { run: '', planDigest, parameters, requestedBy: 'test' })
}

/** Settles once another one runs. */
async function killWorker(workers: SupervisedWorker): Promise<void> {
  const pid = workers.pid()
  process.kill(pid, 'SIGKILL')
  await eventually('another worker runs', () => workers.pid() !== pid && workers.pid() !== 0)
}

async function currentOrder(handle: RunHandle): Promise<Digest> {
  return (await handle.query<RunStatus>('status')).order
}

/** Reasons of a refusal, by the command's own sending. */
async function refusal(handle: RunHandle, from: Digest, to: Digest): Promise<readonly string[]> {
  const fault: unknown = await sendReplan(handle, { from, to }).catch((error: unknown) => error)
  expect(fault).toBeInstanceOf(CliError)
  const { code, fault: told } = fault as CliError
  return [code, ...(told.details ?? [])]
}

/** How often each node of the run has worked. */
function workOf(name: string): Readonly<Record<string, number>> {
  const own = Object.entries(countsOf(rig.project.stateFolder)).filter(([effect]) => effect.startsWith(`${name} `))
  return Object.fromEntries(own.map(([effect, count]) => [effect.slice(name.length + 1), count]))
}

it('a run that waits goes on by another plan: what is done is neither lost nor done again', async () => {
  const handle = await held('a')
  const next = await compiled(NEXT)
  const { runId } = await handle.describe()
  expect(await sendReplan(handle, { from: await currentOrder(handle), to: await orderOf(next, 'a') })).toEqual(['hold'])
  const status = await handle.query<RunStatus>('status')
  expect(status).toMatchObject({ stopping: 'continuing', movedTo: next.planDigest })
  await letGo('a')
  const { outcome, results, ran } = await handle.result()
  expect([outcome, results.map(({ node }) => node), ran]).toEqual(['completed', ['word', 'hold', 'extra'], 5])
  expect(workOf('a')).toEqual({ first: 1, word: 1, hold: 1, other: 1, extra: 1 })
  expect(await handle.query<RunStatus>('status')).toMatchObject({ stopping: false, movedTo: next.planDigest })
  const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata')
  expect(currentDetails).toContain(`moved to plan \`${next.planDigest.slice(0, 12)}\``)
  const workflowBundle = { code: await bundled(WORKFLOWS) }
  for (const execution of [runId, (await handle.describe()).runId]) {
    const history = await rig.client.workflow.getHandle(handle.workflowId, execution).fetchHistory()
    await Worker.runReplayHistory({ workflowBundle }, history, handle.workflowId)
  }
}, 60_000)

it('refuses what changes anything that has started, and goes on as it was', async () => {
  const handle = await held('b')
  const from = await currentOrder(handle)
  const told = async (text: string, ...param: readonly string[]): Promise<readonly string[]> =>
    refusal(handle, from, await orderOf(await compiled(text), 'b', param))
  expect(await told(pipelineOf("const last = then('old', hold)", { hold: "'other'" }))).toEqual([
    'move-refused',
    'node "hold" has started: expected the spec that it has, got another',
  ])
  expect(await told(NEXT, 'word=bye')).toEqual([
    'move-refused',
    'node "word" has started: expected parameter "word" to be "hello", got "bye"',
  ])
  expect(await told(NEXT.replaceAll("{ id: 'first' }", "{ id: 'begin' }"))).toEqual([
    'move-refused',
    'node "first" has started: expected it in the plan, got none',
    'node "hold" has started: expected it to need "first", got "begin"',
    'node "hold" has started: expected the spec that it has, got another',
  ])
  expect(await told(pipelineOf("const last = then('old', hold)", { name: 'another' }))).toEqual([
    'move-refused',
    'pipeline: expected "moved", got "another"',
  ])
  const next = await orderOf(await compiled(NEXT), 'b')
  const elsewhere = await refusal(handle, next, 'f'.repeat(64))
  expect(elsewhere[1]).toMatch(/^run: expected order [0-9a-f]{12}, got [0-9a-f]{12}, since it was moved meanwhile$/)
  expect((await refusal(handle, from, 'f'.repeat(64)))[1]).toMatch(/^order f{12}: .*got none/)
  expect((await refusal(handle, from, from))[1]).toContain('expected the digests of two orders')
  await letGo('b')
  expect(await handle.result()).toMatchObject({ outcome: 'completed', ran: 4 })
  expect(workOf('b')).toEqual({ first: 1, word: 1, hold: 1, old: 1 })
  expect(await refusal(handle, from, next)).toEqual(['run-over'])
}, 60_000)

it('of two moves that are sent at once one counts, and the next one is judged by it', async () => {
  const handle = await held('c')
  const from = await currentOrder(handle)
  const ends = ['one', 'two', 'three']
  const [one = '', two = '', three = ''] = await Promise.all(
    ends.map(async (end) => orderOf(await compiled(pipelineOf(`const last = then('${end}', hold)`)), 'c')),
  )
  const sent = [one, two].map((to) =>
    sendReplan(handle, { from, to }).then(
      () => to,
      () => undefined,
    ),
  )
  const [moved, ...more] = (await Promise.all(sent)).filter((to) => to !== undefined)
  expect([moved, more]).toEqual([await currentOrder(handle), []])
  expect(await sendReplan(handle, { from: moved ?? '', to: three })).toEqual(['hold'])
  await letGo('c')
  expect(await handle.result()).toMatchObject({ outcome: 'completed' })
  expect(workOf('c')).toEqual({ first: 1, word: 1, hold: 1, three: 1 })
}, 60_000)

it('a worker that is killed as a run is moved loses neither the move nor what is done', async () => {
  const own = await aRig(inject('temporalAddress'), rig.project)
  const workers = await aSupervisedWorker(own)
  try {
    const handle = await held('d', own)
    const to = await orderOf(await compiled(NEXT), 'd')
    const sent = sendReplan(handle, { from: await currentOrder(handle), to })
    await killWorker(workers)
    expect(await sent).toEqual(['hold'])
    await letGo('d')
    expect(await handle.result()).toMatchObject({ outcome: 'completed', ran: 5 })
    expect(workOf('d')).toEqual({ first: 1, word: 1, hold: 1, other: 1, extra: 1 })
  } finally {
    await workers.stop({ atOnce: true })
    await own.close()
  }
}, 90_000)
