import { execFile } from 'node:child_process'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { findTemporalBinary } from '../../cli/temporal-server-binary.ts'
import { eventually } from '../engine/eventually.ts'
import { aPrivateKey } from '../store/a-registration.ts'
import { anApprovalRig, approvalPipeline, type ApprovalRig } from './approval-rig.ts'
import { engineProgram } from '../../store/engine-program.ts'

const [NODE, ...ANNEAL] = engineProgram('cli/main.ts')

let rig: ApprovalRig
let run: string

beforeAll(async () => {
  rig = await anApprovalRig()
  await rig.project.write({ 'p.ts': approvalPipeline() })
  await rig.startWorker()
}, 60_000)

afterAll(() => rig.remove())

interface Said {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

async function anneal(...args: readonly string[]): Promise<Said> {
  const { PATH, HOME, XDG_CACHE_HOME } = process.env
  const env = { PATH, HOME, XDG_CACHE_HOME, NO_COLOR: '1', TEMPORAL_ADDRESS: inject('temporalAddress') }
  const place = { cwd: rig.project.root, env: { ...env, ANNEAL_QUEUE: rig.queue } }
  try {
    return { code: 0, ...(await promisify(execFile)(NODE, [...ANNEAL, ...args], place)) }
  } catch (error) {
    // As `execFile` rejects where the exit code is not 0.
    return error as Said
  }
}

it('enrols persons, with keys of their owner’s alone, and lists them', async () => {
  for (const [person, role] of [
    ['ann', 'risk'],
    ['bob', 'risk'],
    ['cleo', 'owner'],
    ['gone', 'owner'],
  ] as const) {
    expect(await anneal('approver', 'enroll', person, '--role', role)).toMatchObject({ code: 0, stderr: '' })
  }
  const persons = join(rig.project.stateFolder, 'keys/persons')
  expect((await stat(persons)).mode & 0o777).toBe(0o700)
  expect((await stat(join(persons, 'bob.pem'))).mode & 0o777).toBe(0o600)
  expect((await anneal('approver', 'revoke', 'gone', '--reason', 'left')).code).toBe(0)
  const { stdout } = await anneal('approver', 'list')
  const shown = stdout.replaceAll(/[0-9a-f]{16}/g, '<key>').replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/g, '<time>')
  expect(shown.replaceAll(/ {2,}/g, '  ')).toMatchInlineSnapshot(`
    "person  roles  key  enrolled  revoked
    ann  risk  <key>  <time>
    bob  risk  <key>  <time>
    cleo  owner  <key>  <time>
    gone  owner  <key>  <time>  <time>: left
    "
  `)
})

it('refuses to enrol what is no name, another’s key, a revoked one and no key at all', async () => {
  expect(await anneal('approver', 'enroll', 'Bob', '--role', 'risk')).toMatchObject({ code: 2 })
  expect(await anneal('approver', 'enroll', 'bob', '--role', '')).toMatchObject({ code: 2 })
  expect(await anneal('approver', 'enroll', 'gone', '--role', 'owner')).toMatchObject({ code: 2 })
  expect(await anneal('approver', 'revoke', 'eve', '--reason', 'x')).toMatchObject({ code: 2 })
  await writeFile(join(rig.project.root, 'secret.pem'), aPrivateKey().export({ type: 'pkcs8', format: 'pem' }))
  const secret = await anneal('approver', 'enroll', 'eve', '--role', 'risk', '--public-key', 'secret.pem')
  expect(secret).toMatchObject({ code: 4, stderr: expect.stringContaining('expected a P-256 key') })
})

it('refuses a regulated run that nobody enrolled has signed for, before anything is stored', async () => {
  const args = ['run', 'p.ts', '--param', 'asOf=2001-01-04T00:00:00Z']
  const unsigned = await anneal(...args)
  expect(unsigned.code).toBe(2)
  expect(unsigned.stderr).toMatchInlineSnapshot(`
    "error order-unsigned: pipeline "flights" asks for an approval, so its run has to be ordered by an enrolled person
      expected  an order that is signed
      got       none
      remedy    run it with --as PERSON; who is enrolled is told by \`anneal approver list\`
    "
  `)
  expect(await anneal(...args, '--as', 'gone')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('not-enrolled'),
  })
  expect(await anneal(...args, '--as', 'eve')).toMatchObject({ code: 4 })
})

it('starts a signed one, and tells that it waits, for whom, and how to approve', async () => {
  const started = await anneal('run', 'p.ts', '--param', 'asOf=2001-01-04T00:00:00Z', '--as', 'ann', '--detach')
  run = /run:\S+/.exec(started.stderr)?.[0] ?? ''
  const status = await eventually('it waits', async () => {
    const { stdout } = await anneal('status', run)
    return stdout.includes('waits for approval') && stdout
  })
  expect(status).toContain('waits for approval of delay-15@1 by risk or owner until')
  expect(status).toContain(`anneal approve ${run} --as PERSON`)
}, 60_000)

it('moves it to another plan by who signs for that, and asks anew', async () => {
  await rig.project.write({ 'p.ts': approvalPipeline().replace('1 hour', '2 hours') })
  const args = ['plan', 'p.ts', '--apply-to', run]
  expect(await anneal(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining('error order-unsigned:') })
  const moved = await anneal(...args, '--as', 'ann')
  expect(moved).toMatchObject({ code: 0, stderr: '' })
  expect(moved.stdout).toMatch(
    / {2}changed {4}approve: withinMillis: 3600000 → 7200000\nmoved: the run goes on by plan \w{12},/,
  )
  await eventually('it waits under the other plan', async () => {
    const { stdout } = await anneal('status', run)
    return stdout.includes('moved to plan') && stdout.includes('waits for approval of delay-15@1')
  })
}, 60_000)

it('shows the evidence before it asks, and does not sign unasked', async () => {
  const asked = await anneal('approve', run, '--as', 'bob')
  expect(asked).toMatchObject({ code: 2, stdout: '' })
  for (const part of [
    'delay-15@1',
    'auc',
    'passed',
    'flights,',
    'not the one that it was registered by',
    'ordered by',
    'ann',
    '2 of risk, owner',
    'none so far',
  ]) {
    expect(asked.stderr).toContain(part)
  }
})

it('refuses the author’s and a revoked person’s decision with the reason', async () => {
  const author = await anneal('approve', run, '--as', 'ann', '--yes')
  expect(author).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('error decision-refused: the decision does not count: by-author'),
  })
  const revoked = await anneal('approve', run, '--as', 'gone', '--yes')
  expect(revoked).toMatchObject({ code: 2, stderr: expect.stringContaining('not-enrolled') })
  const nowhere = await anneal('approve', 'run:flights:none', '--as', 'bob', '--yes')
  expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringContaining('run-unknown') })
})

it('prints an envelope for the temporal command, and sends the next one itself', async () => {
  const printed = await anneal('approve', run, '--as', 'bob', '--yes', '--print', '--comment', 'holds')
  expect(printed.code).toBe(0)
  const binary = await findTemporalBinary({ report: () => {} })
  const args = ['workflow', 'signal', '--workflow-id', run, '--name', 'decide', '--input', printed.stdout.trim()]
  await promisify(execFile)(binary, [...args, '--address', inject('temporalAddress')])
  await eventually('bob is counted', async () => (await anneal('status', run)).stdout.includes('bob: approve'))
  expect(await anneal('reject', run, '--as', 'bob', '--yes')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('second-vote'),
  })
  const last = await anneal('approve', run, '--as', 'cleo', '--yes')
  expect([last.code, last.stdout]).toEqual([0, 'counted: approved\n'])
  expect(last.stderr).toContain('bob: approve, "holds"')
  expect(await rig.client.workflow.getHandle(run).result()).toMatchObject({ outcome: 'completed' })
  expect(await anneal('approve', run, '--as', 'cleo', '--yes')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('not-awaiting'),
  })
}, 60_000)

it('lists and verifies what was written down, also against a head that was kept', async () => {
  const { stdout } = await anneal('audit', 'list')
  for (const chain of ['approvers', 'model:delay-15', 'refusals:flights', 'root', 'service:flights']) {
    expect(stdout).toContain(chain)
  }
  const entries = JSON.parse((await anneal('audit', 'list', 'service:flights', '--json')).stdout) as readonly object[]
  const kinds = ['requested', 'withdrawn', 'requested', 'decided', 'decided']
  expect(entries).toMatchObject(kinds.map((kind) => ({ entry: { kind } })))
  const head = (await anneal('audit', 'head')).stdout.trim()
  expect(await anneal('audit', 'verify', '--head', head)).toMatchObject({ code: 0 })
  expect((await anneal('audit', 'seal')).stdout.trim()).toMatch(/^\d+:[0-9a-f]{64}$/)
  const other = head.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
  const missed = await anneal('audit', 'verify', '--head', other)
  expect(missed).toMatchObject({ code: 4, stdout: expect.stringContaining('named by the head given') })
  expect(await anneal('audit', 'verify', '--head', 'x')).toMatchObject({ code: 2 })
  expect(await anneal('verify')).toMatchObject({ code: 0 })
})
