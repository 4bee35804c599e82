import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Connection } from '@temporalio/client'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { freePort } from '../../cli/temporal-server.ts'
import { type DevRecord, readDevRecord } from '../../config/dev-record.ts'
import { isAlive, type ProcessIdentity } from '../../store/process-identity.ts'
import { engineProgram } from '../../store/engine-program.ts'

let root: string
let started: ChildProcess[]

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'anneal-dev-'))
  writeFileSync(join(root, 'anneal.config.json'), '{}')
  started = []
})

afterEach(async () => {
  for (const each of started) each.kill('SIGKILL')
  await vi.waitUntil(() => parts().every((part) => isAlive(part) === false), { timeout: 10_000 })
  rmSync(root, { recursive: true, force: true, maxRetries: 5 })
})

interface Run {
  readonly process: ChildProcess
  /** What it said up to its end, or up to its first line on stdout. */
  readonly said: Promise<string>
  /** What it wrote to stderr so far. */
  readonly errors: () => string
}

async function dev(ports?: readonly [number, number], ...worker: readonly 'deaf'[]): Promise<Run> {
  const [port, uiPort] = ports ?? [await freePort(), await freePort()]
  const [node, ...program] = engineProgram('test/dev/dev-program.ts')
  const args = [...program, root, String(port), String(uiPort), ...worker]
  const run = spawn(node, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  started.push(run)
  let errors = ''
  run.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString('utf8')))
  const said = new Promise<string>((resolve) => {
    run.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString('utf8')))
    run.once('close', () => resolve(errors))
  })
  return { process: run, said, errors: () => errors }
}

function record(): DevRecord {
  const found = readDevRecord(join(root, '.anneal'))
  if (found === undefined) throw new Error('expected a record of anneal dev, got none')
  return found
}

let last: readonly ProcessIdentity[] = []

/** Server and worker, also of a record that is gone by now. */
function parts(): readonly ProcessIdentity[] {
  const { server, worker } = readDevRecord(join(root, '.anneal')) ?? {}
  if (server && worker) last = [server, worker]
  return last
}

test('anneal dev says where everything is, and the namespace there keeps histories for 30 days', async () => {
  const { said } = await dev()
  const place: unknown = JSON.parse(await said)
  expect(place).toMatchObject({ address: record().address, namespace: 'default', logs: join(root, '.anneal/logs') })
  const connection = await Connection.connect({ address: record().address ?? '' })
  const { config } = await connection.workflowService.describeNamespace({ namespace: 'default' })
  await connection.close()
  expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(30 * 86_400)
})

test('a worker and a server that are killed come back, the server with what it knew', async () => {
  const { said } = await dev()
  await said
  const before = record()
  for (const part of [before.worker, before.server]) process.kill(part?.pid ?? 0, 'SIGKILL')
  const after = await vi.waitFor(
    () => {
      const { worker, server, state } = record()
      expect([worker, server]).toEqual([expect.anything(), expect.anything()])
      expect(worker).not.toEqual(before.worker)
      expect(server).not.toEqual(before.server)
      return { worker, server, state }
    },
    { timeout: 20_000 },
  )
  expect(after.state).toBe('ready')
  expect(record().address).toBe(before.address)
})

test('kill -9 of anneal dev leaves neither server nor worker', async () => {
  const { process: run, said } = await dev()
  await said
  const left = parts()
  expect(left.map((part) => isAlive(part))).toEqual([true, true])
  run.kill('SIGKILL')
  await vi.waitFor(() => expect(left.map((part) => isAlive(part))).toEqual([false, false]), { timeout: 5000 })
})

test('one Ctrl-C ends all and the record with them', async () => {
  const { process: run, said } = await dev()
  await said
  const left = parts()
  run.kill('SIGINT')
  expect(await once(run, 'exit')).toEqual([0, null])
  expect(left.map((part) => isAlive(part))).toEqual([false, false])
  expect(readDevRecord(join(root, '.anneal'))).toBeUndefined()
})

test('a second Ctrl-C ends all at once, with a worker that would not end', async () => {
  const { process: run, said, errors } = await dev([await freePort(), await freePort()], 'deaf')
  await said
  const left = parts()
  run.kill('SIGINT')
  await vi.waitUntil(() => errors().includes('once more'), { timeout: 10_000 })
  const began = performance.now()
  run.kill('SIGINT')
  expect(await once(run, 'exit')).toEqual([130, null])
  expect(performance.now() - began).toBeLessThan(5000)
  expect(left.map((part) => isAlive(part))).toEqual([false, false])
})

test('a second anneal dev of a project says that there is one, and disturbs it not', async () => {
  await (
    await dev()
  ).said
  const first = record()
  const second = await dev()
  expect(await second.said).toContain(
    `got one that does (pid ${first.owner.pid}, Temporal at '${first.address ?? ''}')`,
  )
  expect(second.process.exitCode).toBe(3)
  expect(record()).toEqual(first)
})

test('after a kill -9 the project can be started again at once', async () => {
  const first = await dev()
  await first.said
  const left = parts()
  first.process.kill('SIGKILL')
  await once(first.process, 'exit')
  const second = await dev()
  expect(await second.said).toContain('"address"')
  expect(left.map((part) => isAlive(part))).toEqual([false, false])
})

test('a port in use is named, and nothing is left behind', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const address = taken.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  const { said } = await dev([port, await freePort()])
  expect(await said).toContain(`port ${port}: expected it to be free, got another program listening`)
  expect(readDevRecord(join(root, '.anneal'))).toBeUndefined()
  taken.close()
})
