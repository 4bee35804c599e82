import { afterAll, beforeAll, expect, it } from 'vitest'
import { aCanaryRig } from '../canary/canary-rig.ts'
import { eventually } from '../engine/eventually.ts'
import { clockOf, monitored, monitorRigOf, type MonitorRig } from '../monitor/monitor-rig.ts'
import { aRecorder, type Recorder } from './corpus.ts'

let rig: MonitorRig
let recorder: Recorder

beforeAll(async () => {
  rig = monitorRigOf(await aCanaryRig({ days: 12 }))
  await rig.startWorker()
  recorder = await aRecorder('services', rig.client)
  await rig.anneal('approver', 'enroll', 'mira', '--role', 'model-risk')
})

afterAll(() => rig.remove())

const HELD = `{ traffic: ['20%', '100%'], hold: '1 hour', rollbackOn: { errorRate: atMost(0.02), p99Millis: atMost(100) } }`

/** A service that answers by its first model. */
async function aService(service: string, options: Parameters<MonitorRig['pump']>[1] = {}): Promise<void> {
  await rig.gateway(service)
  expect(await rig.ended(await rig.begin({ service }))).toMatchObject({ outcome: 'serving' })
  rig.pump(service, options)
}

/** A run whose canary holds a fifth of the traffic. */
async function aHeldCanary(service: string): Promise<string> {
  await aService(service)
  const run = await rig.begin({ service, rounds: 4, canary: HELD })
  await rig.until(service, ({ share, phase }) => share === 2000 && phase === 'holding')
  return run
}

it('a first model that waits for a gateway, another one step by step, and one that is served already', async () => {
  const service = 'steps'
  const first = await rig.begin({ service })
  await rig.until(service, ({ awaiting }) => awaiting === 'gateway')
  await rig.gateway(service)
  await rig.ended(first)
  await recorder.keep('first-run', first)
  await recorder.keep('first-canary', `canary:${service}`)
  rig.pump(service)
  const second = await rig.begin({ service, rounds: 4 })
  expect(await rig.ended(second)).toMatchObject({ outcome: 'serving' })
  await recorder.keep('steps-canary', `canary:${service}`)
  const again = await rig.begin({ service, rounds: 4, cause: 'again' })
  expect(await rig.ended(again)).toMatchObject({ outcome: 'already-serving' })
  await recorder.keep('already-serving-run', again)
})

it('a candidate whose requests fail', async () => {
  await aService('failing', { behaviour: { 2: { failed: 0.1 } } })
  const run = await rig.begin({ service: 'failing', rounds: 4 })
  expect(await rig.ended(run)).toMatchObject({ outcome: 'rolled-back' })
  await recorder.keep('rolled-back-run', run)
  await recorder.keep('rolled-back-canary', 'canary:failing')
})

it.each([
  ['promote', 'serving'],
  ['abort', 'aborted'],
] as const)('a canary that a person decides on: %s', async (decision, outcome) => {
  const run = await aHeldCanary(decision)
  await rig.client.workflow.getHandle(`canary:${decision}`).signal(decision, { decision })
  expect(await rig.anneal(decision, decision, '--as', 'mira')).toMatchObject({ code: 0 })
  expect(await rig.ended(run)).toMatchObject({ outcome })
  await recorder.keep(`${decision}-canary`, `canary:${decision}`)
})

it('runs that are cancelled, that find a canary at work and end, and that wait for their turn', async () => {
  const service = 'cancelled'
  const held = await aHeldCanary(service)
  const busy = await rig.begin({ service, rounds: 2, whenBusy: 'end', cause: 'ends' })
  expect(await rig.ended(busy)).toMatchObject({ outcome: 'busy' })
  await recorder.keep('busy-run', busy)
  const waiting = await rig.begin({ service, rounds: 2, canary: "'direct'", cause: 'waits' })
  await eventually('it waits', async () => {
    const { raw } = await rig.client.workflow.getHandle(waiting).describe()
    return raw.pendingActivities?.some(({ activityType }) => activityType?.name === 'awaitTurn')
  })
  await rig.client.workflow.getHandle(held).cancel()
  await rig.client.workflow
    .getHandle(held)
    .result()
    .catch(() => undefined)
  await recorder.keep('cancelled-run', held)
  const { firstExecutionRunId } = await cancelledCanary(service, held)
  await recorder.keep('cancelled-canary', `canary:${service}`, firstExecutionRunId)
  await rig.ended(waiting)
  await recorder.keep('waited-run', waiting)
})

/** The canary that the run had started: another one has its id by now. */
async function cancelledCanary(service: string, run: string): Promise<{ readonly firstExecutionRunId: string }> {
  const { events } = await rig.client.workflow.getHandle(run).fetchHistory()
  const started = events?.find((event) => event.childWorkflowExecutionStartedEventAttributes)
  const { workflowExecution } = started?.childWorkflowExecutionStartedEventAttributes ?? {}
  expect(workflowExecution?.workflowId).toBe(`canary:${service}`)
  return { firstExecutionRunId: workflowExecution?.runId ?? '' }
}

it('a monitor that evaluates windows, refreshes, decides on retrains, and continues as new', async () => {
  const service = 'watched'
  await rig.gateway(service)
  const from = '2001-01-04T00:00:00.000Z'
  const clock = clockOf({ from, daysASecond: 1 / 3600 })
  const more = `${monitored(`retrain: { onDrift: true, coolDown: '2 days', budget: { runs: 1, per: '30 days' } },`)} refresh: '2 days',`
  const run = await rig.begin({ service, canary: "'direct'", more, clock })
  expect(await rig.ended(run)).toMatchObject({ outcome: 'serving' })
  const handle = rig.client.workflow.getHandle(`monitor:${service}`)
  const { policy } = await rig.monitor(service)
  await handle.terminate()
  const start = { workflowId: handle.workflowId, taskQueue: rig.queue, args: [{ policy, maxEvents: 40 }] }
  const { firstExecutionRunId } = await rig.client.workflow.start('monitor', start)
  await rig.setClock(service, { from, daysASecond: 1 })
  await rig.signal(service, 'wake')
  for (const id of ['a', 'b']) {
    await rig.signal(service, 'retrain', { id, cause: 'signal', reason: 'to see', by: 'test' })
  }
  await rig.signal(service, 'retrain', 'now')
  await rig.signal(service, 'policy', policy)
  await eventually('it continued as new', async () => (await handle.describe()).runId !== firstExecutionRunId, {
    withinMillis: 120_000,
  })
  await recorder.keep('monitor', handle.workflowId)
  await rig.endMonitor(service)
})
