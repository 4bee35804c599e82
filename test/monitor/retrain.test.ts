import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Evaluated } from '../../activities/evaluate.ts'
import type { EnrolledPerson } from '../../cli/approvals/enrolled-person.ts'
import { sendDecision } from '../../cli/approvals/send-decision.ts'
import type { RunHandle } from '../../cli/run/start-run.ts'
import { readApprovers, writeEnrolment } from '../../store/approvers.ts'
import { requestOf } from '../../store/approval-request.ts'
import { audit } from '../../store/audit.ts'
import type { AuditEntry } from '../../store/audit-entry.ts'
import { loadSigner, pemOf } from '../../store/signing/keys.ts'
import type { runPipeline } from '../../workflows/run-pipeline.ts'
import type { RunStatus } from '../../workflows/run-status.ts'
import { awaited, liveDecision, sealedBy } from '../approvals/approval-rig.ts'
import { asOfParam } from '../batch/flights-rig.ts'
import { canaryPipeline } from '../canary/canary-pipeline.ts'
import { aCanaryRig } from '../canary/canary-rig.ts'
import { eventually } from '../engine/eventually.ts'
import { aSigner } from '../store/a-registration.ts'
import { farFlights } from './far-flights.ts'
import { clockOf, monitored, monitorRigOf, type ClockFrom, type MonitorRig } from './monitor-rig.ts'

let rig: MonitorRig
let ann: EnrolledPerson

beforeAll(async () => {
  rig = monitorRigOf(await aCanaryRig({ days: 12 }))
  await rig.startWorker()
  ann = await enrolled('ann', 'risk')
  await rig.gateway('warm-retrain')
  await rig.ended(await rig.begin({ service: 'warm-retrain' }))
}, 240_000)

afterAll(() => rig.remove())

async function enrolled(person: string, role: string): Promise<EnrolledPerson> {
  const { project, keys } = rig
  const own = aSigner()
  const log = audit(project.store.objects)
  const { head } = await readApprovers(log, keys)
  const signer = await loadSigner(join(project.stateFolder, 'keys'))
  const enrolment = { person, keyId: own.keyId, publicKey: pemOf(own.publicKey), roles: [role] }
  await writeEnrolment(log, enrolment, { signer, by: 'test', head })
  return { person, signer: own }
}

let services = 0

/** A service whose model saw the flights up to 4 January 2001; its clock stands still but for the day that is told. */
async function aService(retrain: string, { more = '', over = '7 days', orderer }: Options = {}) {
  const service = `retrained-${(services += 1)}`
  await rig.gateway(service)
  const options = { service, canary: "'direct'", more: monitored(retrain, over) + more }
  const run = await rig.begin({ ...options, clock: clockOf(noonOf('05')), ...(orderer && { orderer }) })
  return { service, run }
}

interface Options {
  readonly more?: string
  /** Length of the windows. */
  readonly over?: string
  readonly orderer?: EnrolledPerson
}

/** By a clock that hardly moves. */
function noonOf(day: string): ClockFrom {
  return { from: `2001-01-${day}T12:00:00.000Z`, daysASecond: 1 / 3600 }
}

const RETRAIN = `retrain: { onDrift: true, coolDown: '2 days', budget: { runs: 2, per: '30 days' } },`

interface Body {
  readonly state: string
  readonly reason: string
  readonly because?: string
  readonly run?: string
}

/** What the monitor has decided on the wish of this id. */
function decided(service: string, id: string): Promise<Body> {
  return eventually(`the wish ${id} of ${service} is decided`, async () => {
    const found = (await rig.retrains(service)).find(({ key }) => key.endsWith(`:${id}`))
    return found && bodyOf(found)
  })
}

/** As the activity writes it. */
function bodyOf({ body }: AuditEntry): Body {
  return body as unknown as Body
}

async function asked(service: string, id: string): Promise<Body> {
  await rig.signal(service, 'retrain', { id, cause: 'signal', reason: 'to see', by: 'test' })
  return decided(service, id)
}

/** A run that a monitor has started, once the server knows of it. */
function started(run: string): Promise<RunHandle> {
  const handle = rig.client.workflow.getHandle<typeof runPipeline>(run)
  return eventually(`run ${run} is started`, () =>
    handle.describe().then(
      () => rig.client.workflow.getHandle<typeof runPipeline>(run),
      () => undefined,
    ),
  )
}

describe.concurrent('a retrain', { timeout: 240_000 }, () => {
  it('is a run on the server: one at a time, not before its cool-down is over, and within its budget', async () => {
    const { service, run: first } = await aService(RETRAIN)
    await rig.ended(first)
    expect(await asked(service, 'a')).toMatchObject({ state: 'ordered', run: `run:${service}:signal-a` })
    expect(await asked(service, 'b')).toMatchObject({ because: `run "run:${service}:signal-a" goes on, one at a time` })
    const handle = await started(`run:${service}:signal-a`)
    const { searchAttributes, staticSummary } = await handle.describe()
    expect(searchAttributes['AnnealPipeline']).toEqual([service])
    expect(await staticSummary()).toBe(`${service} • signal-a`)
    expect(await rig.ended(handle.workflowId)).toMatchObject({
      outcome: 'serving',
      output: { incumbent: 'late@1' },
    })
    // Champion against challenger, on the same rows.
    expect((await evaluationOf(handle)).incumbent).toMatchObject({ name: 'late', version: 1, missing: 0 })
    expect((await asked(service, 'c')).because).toMatch(
      /^cool-down until 2001-01-07T12:0.* after run "run:.*signal-a"$/,
    )
    await rig.setClock(service, noonOf('08'))
    expect(await asked(service, 'd')).toMatchObject({ state: 'ordered' })
    expect(await rig.ended((await started(`run:${service}:signal-d`)).workflowId)).toMatchObject({ outcome: 'serving' })
    await rig.setClock(service, noonOf('11'))
    expect((await asked(service, 'e')).because).toMatch(/^budget of 2 spent until 2001-02-04T12:0/)
    // Set back by less than the cool-down it is no way around it.
    await rig.setClock(service, noonOf('07'))
    expect((await asked(service, 'f')).because).toMatch(/^cool-down until 2001-01-10/)
    await rig.signal(service, 'retrain', { id: 'a', cause: 'signal', reason: 'again', by: 'test' })
    await asked(service, 'g')
    const states = (await rig.retrains(service)).map((entry) => bodyOf(entry).state)
    expect(states.join(' ')).toBe('ordered declined declined ordered declined declined declined')
    expect((await handle.describe()).status.name).toBe('COMPLETED')
  })

  it('measures its model against the version in service, not against one that was taken back', async () => {
    const { service, run } = await aService(RETRAIN)
    const { output: first } = await rig.ended(run)
    const again = { service, canary: "'direct'", rounds: 4 }
    const { output: second } = await rig.ended(await rig.begin(again))
    expect(second).toMatchObject({ state: 'serving', incumbent: first.candidate })
    expect(await rig.anneal('rollback', service, '--reason', 'why')).toMatchObject({ code: 0 })
    const third = await rig.begin({ ...again, rounds: 6 })
    expect((await rig.ended(third)).output).toMatchObject({ state: 'serving', incumbent: first.candidate })
    const { incumbent } = await evaluationOf(await started(third))
    expect(`${incumbent?.name}@${incumbent?.version}`).toBe(first.candidate)
    await rig.endMonitor(service)
  })

  it('is asked for by drift, once while the cool-down lasts, and told of as the alert that it is', async () => {
    const retrain = `retrain: { onDrift: true, coolDown: '20 days', budget: { runs: 2, per: '30 days' } },`
    const { service, run } = await aService(retrain, { over: '1 day' })
    await rig.ended(run)
    const { store } = rig.project
    const far = farFlights({ store, keys: rig.keys, service })
    try {
      await rig.setClock(service, { from: '2001-01-05T00:00:00.000Z', daysASecond: 0.25 })
      await rig.signal(service, 'wake')
      const { last } = await rig.untilMonitor(service, (status) => status.retrains.length > 0)
      expect(last).toMatchObject({ retrainFor: [expect.stringContaining('psi')] })
      const { length } = await rig.windows(service)
      await rig.untilWindows(service, length + 3)
    } finally {
      await far.stop()
    }
    const [retrained, ...more] = (await rig.retrains(service)).map(bodyOf)
    expect(more).toEqual([])
    expect(retrained).toMatchObject({ state: 'ordered', cause: 'drift' })
    expect(retrained?.reason).toMatch(/^distance: psi \d/)
    const { searchAttributes } = await (await started(retrained?.run ?? '')).describe()
    expect(searchAttributes['AnnealPipeline']).toEqual([service])
    await rig.endMonitor(service)
  })

  it('is asked for by new data, once while the cool-down lasts', async () => {
    const retrain = `retrain: { onDrift: false, after: '3 days', coolDown: '20 days', budget: { runs: 2, per: '30 days' } },`
    const { service, run } = await aService(retrain)
    await rig.ended(run)
    // Another pipeline over the same flights reads later ones.
    const later = await rig.compile(canaryPipeline({ service: 'later', canary: "'direct'" }))
    await (await rig.start(later, asOfParam(10))).result()
    await rig.setClock(service, { from: '2001-01-06T00:00:00.000Z', daysASecond: 1 })
    await rig.signal(service, 'wake')
    const [first] = await rig.untilWindows(service, 5)
    const day = (first?.end ?? '').slice(0, 10)
    const entries = await rig.retrains(service)
    expect(entries.map(({ key, by }) => [key, by])).toEqual([[`retrain:new-data:${day}`, `monitor:${service}`]])
    expect(entries.map(bodyOf)).toMatchObject([{ state: 'ordered' }])
    await started(`run:${service}:new-data-${day}`)
    await rig.endMonitor(service)
  })

  it('of a pipeline with approval is signed for the monitor, and approved by whoever ordered the first one', async () => {
    const approval = `approval: { roles: ['risk'], quorum: 1, within: '1 hour' },`
    const { service, run } = await aService(RETRAIN, { more: approval, orderer: ann })
    const bob = await enrolled('bob', 'risk')
    await approve(service, { run, by: bob })
    expect(await rig.ended(run)).toMatchObject({ outcome: 'serving' })
    await asked(service, 'a')
    const retrained = await started(`run:${service}:signal-a`)
    const request = await approve(service, { run: retrained.workflowId, by: ann })
    expect(request.author).toBe(`monitor:${service}`)
    expect(await rig.ended(retrained.workflowId)).toMatchObject({ outcome: 'serving' })
  })

  it('is asked for by a person at the command line, who is told what was decided', async () => {
    const { service, run } = await aService(RETRAIN)
    await rig.ended(run)
    const first = await rig.anneal('retrain', service, '--reason', 'new aircraft', '--as', 'ann', '--json')
    expect(first).toMatchObject({ code: 0 })
    const told = JSON.parse(first.stdout) as Body
    expect(told).toMatchObject({ state: 'ordered', cause: 'person', reason: 'new aircraft' })
    await started(told.run ?? '')
    const again = await rig.anneal('retrain', service, '--reason', 'impatience')
    expect(again).toMatchObject({ code: 1, stdout: expect.stringContaining(`${service}: declined: `) })
    const nobody = await rig.anneal('retrain', 'unknown', '--reason', 'why')
    expect(nobody).toMatchObject({ code: 2, stderr: expect.stringContaining('nobody looks after service "unknown"') })
  })
})

async function evaluationOf(handle: RunHandle): Promise<Evaluated> {
  const { nodes } = await handle.query<RunStatus>('status')
  const evaluate = nodes.find(({ id }) => id === 'evaluate')
  if (evaluate?.state !== 'done') throw new Error('evaluate: expected it to be done')
  const { results } = rig.project.store
  const found = await results.find(evaluate.answer.key)
  if (found === undefined) throw new Error('evaluate: expected a result')
  // What an `evaluate` node publishes.
  return (await results.output(found)) as unknown as Evaluated
}

async function approve(service: string, { run, by }: { readonly run: string; readonly by: EnrolledPerson }) {
  const handle = await started(run)
  const { nonce } = await awaited(handle)
  const request = await requestOf(audit(rig.project.store.objects), { service, nonce, keys: rig.keys })
  const sealed = sealedBy(by.signer, liveDecision(request, by.person))
  expect(await sendDecision(handle, sealed)).toMatchObject({ accepted: true })
  return request
}
