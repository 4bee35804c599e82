import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { doctor, type DoctorCheck, doctorExitCode, formatDoctor } from '../../cli/doctor.ts'
import { freePort } from '../../cli/temporal-server.ts'
import { loadSettings } from '../../config/settings.ts'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'anneal-doctor-'))
  writeFileSync(join(root, 'anneal.config.json'), '{}')
})

afterEach(() => rmSync(root, { recursive: true, force: true }))

async function look(env: NodeJS.ProcessEnv): Promise<Readonly<Record<string, DoctorCheck>>> {
  const checks = await doctor(loadSettings({ from: root, env }))
  return Object.fromEntries(checks.map((check) => [check.name, check]))
}

test('a server of ours is found whole, and a queue without a worker is told', async () => {
  const seen = await look({ TEMPORAL_ADDRESS: inject('temporalAddress'), ANNEAL_QUEUE: 'nobody-serves-this' })
  for (const name of ['node', 'temporal server', 'namespace', 'search attributes']) {
    expect(seen[name]).toMatchObject({ outcome: 'ok' })
  }
  // Under load a sync may be slow, which is a warning.
  expect(seen['store']?.found).toContain('can be written, fsync works')
  expect(seen['workers']).toMatchObject({ outcome: 'fail', found: expect.stringContaining('nobody-serves-this-gpu 0') })
})

test('a namespace that is not there is told with the command that makes it', async () => {
  const seen = await look({ TEMPORAL_ADDRESS: inject('temporalAddress'), TEMPORAL_NAMESPACE: 'elsewhere' })
  const remedy = 'create it: temporal operator namespace create --retention 720h elsewhere'
  expect(seen['namespace']).toMatchObject({ outcome: 'fail', remedy })
})

test('a server that does not answer is told with who named it', async () => {
  const address = `127.0.0.1:${await freePort()}`
  const seen = await look({ TEMPORAL_ADDRESS: address })
  expect(seen['temporal server']).toMatchObject({
    outcome: 'fail',
    found: `'${address}' does not answer`,
    remedy: expect.stringContaining('TEMPORAL_ADDRESS'),
  })
})

test('a store in a place that is no folder is told', async () => {
  writeFileSync(join(root, 'file'), '')
  const seen = await look({ ANNEAL_STORE: join(root, 'file/store'), TEMPORAL_ADDRESS: inject('temporalAddress') })
  expect(seen['store']).toMatchObject({ outcome: 'fail', found: expect.stringContaining('ENOTDIR') })
})

test('the exit code and the text follow from the checks', () => {
  const checks = [
    { name: 'node', outcome: 'ok', found: '20.19.0' },
    { name: 'disk', outcome: 'warn', found: '1.0 GiB free', remedy: 'free space' },
  ] as const
  expect(doctorExitCode(checks)).toBe(0)
  expect(doctorExitCode([...checks, { name: 'x', outcome: 'fail', found: 'y' }])).toBe(3)
  expect(formatDoctor(checks, { colour: false })).toBe(
    'ok   node  20.19.0\nwarn disk  1.0 GiB free\n           free space\n',
  )
})
