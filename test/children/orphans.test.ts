import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { killWorkingOn, reapOrphans } from '../../activities/children/orphans.ts'
import type { CodeUnit } from '../../activities/children/unit.ts'
import { identityOf, isAlive, ownIdentity, type ProcessIdentity } from '../../store/process-identity.ts'
import { aCall, aPool, temporaryFolder } from './code-units.ts'
import { python, typescript } from './user-code.ts'
import { until } from './until.ts'
import { engineProgram } from '../../store/engine-program.ts'

const [NODE, ...WORKER] = engineProgram('test/children/worker-program.ts')

describe.each([typescript, python])('code in $language', (code) => {
  test('that never yields dies with its worker', async () => {
    const { worker, child } = await aWorker(await code.busyLoop())
    worker.kill('SIGKILL')
    await expect(until('the child is gone', () => isAlive(child) === false)).resolves.toBeUndefined()
  })

  test('takes the processes that it started along when its worker dies', async () => {
    const { worker, text } = await aWorker(await code.forking())
    worker.kill('SIGKILL')
    const gone = until('the grandchild is gone', () => identityOf(Number(text)) === undefined)
    await expect(gone).resolves.toBeUndefined()
  })

  test('has no descriptor that its worker inherited', async () => {
    const { worker, child, text } = await aWorker(await code.forking())
    expect(await readdir(`/proc/${worker.pid}/fd`)).toContain('40')
    expect(await readdir(`/proc/${child.pid}/fd`)).not.toContain('40')
    expect((await readdir(`/proc/${text}/fd`)).filter((descriptor) => Number(descriptor) > 2)).toEqual([])
  })
})

test('reaping ends the child of a dead worker that is still there, and removes its working folder', async () => {
  const folder = await temporaryFolder()
  const [workFolder, child] = [join(folder, 'work'), await aStubbornProcess()]
  await mkdir(workFolder)
  await record(folder, { child, worker: { ...ownIdentity(), startedAt: 'long-ago' }, call: { key: 'a', workFolder } })
  expect(await reapOrphans(folder)).toBe(1)
  expect(isAlive(child)).toBe(false)
  await expect(access(workFolder)).rejects.toMatchObject({ code: 'ENOENT' })
  expect(await reapOrphans(folder)).toBe(0)
})

test('reaping removes the working folder of a worker that died', async () => {
  const { worker, child, folder, workFolder } = await aWorker(await typescript.busyLoop())
  expect(await reapOrphans(folder)).toBe(0)
  worker.kill('SIGKILL')
  await once(worker, 'exit')
  await reapOrphans(folder)
  expect(isAlive(child)).toBe(false)
  await expect(access(workFolder)).rejects.toMatchObject({ code: 'ENOENT' })
  expect(await readdir(join(folder, 'children'))).toEqual([])
})

test('reaping leaves children of living workers, of other hosts and unreadable records alone', async () => {
  const folder = await temporaryFolder()
  const child = await aStubbornProcess()
  await record(folder, { child, worker: ownIdentity() }, 'living')
  await record(folder, { child, worker: { ...ownIdentity(), host: 'elsewhere' } }, 'elsewhere')
  await writeFile(join(folder, 'children', 'cut.json'), '{"child":')
  expect(await reapOrphans(folder)).toBe(0)
  expect(isAlive(child)).toBe(true)
})

test('reaping where no pool was ever finds nothing', async () => {
  expect(await reapOrphans(join(await temporaryFolder(), 'none'))).toBe(0)
})

test('of the recorded children those that work on a result are ended, and no process that has the pid of one', async () => {
  const folder = await temporaryFolder()
  const [theirs, other, namesake] = [await aStubbornProcess(), await aStubbornProcess(), await aStubbornProcess()]
  await record(folder, { child: theirs, worker: ownIdentity(), call: { key: 'a', workFolder: '/work/1' } }, 'theirs')
  await record(folder, { child: other, worker: ownIdentity(), call: { key: 'b', workFolder: '/work/2' } }, 'other')
  const gone = { ...namesake, startedAt: 'long-ago' }
  await record(folder, { child: gone, worker: ownIdentity(), call: { key: 'a', workFolder: '/work/3' } }, 'gone')
  await killWorkingOn(folder, 'a')
  await until('the process is gone', () => isAlive(theirs) === false)
  expect([other, namesake].map((child) => isAlive(child))).toEqual([true, true])
})

test('a child that ends leaves no record', async () => {
  const folder = await temporaryFolder()
  const pool = await aPool({ folder })
  const child = await pool.acquire(await python.shout())
  await child.run(await aCall({ input: { text: 'a' } }))
  expect(await readdir(join(folder, 'children'))).toHaveLength(1)
  child.kill()
  await until('the record is gone', async () => (await readdir(join(folder, 'children'))).length === 0)
})

interface StartedWorker {
  readonly worker: ChildProcess
  readonly child: ProcessIdentity
  /** The first line that the code printed. */
  readonly text: string
  readonly folder: string
  readonly workFolder: string
}

/** A worker whose child has printed its first line. */
async function aWorker(unit: CodeUnit): Promise<StartedWorker> {
  const folder = await temporaryFolder()
  const workFolder = join(folder, 'work')
  const order = JSON.stringify({ folder, workFolder, unit })
  // Descriptor 40 is one that the worker inherited itself.
  const stdio: StdioOptions = [
    'ignore',
    'pipe',
    'inherit',
    ...Array.from({ length: 37 }, () => 'ignore' as const),
    'pipe',
  ]
  const worker = spawn(NODE, [...WORKER, order], { stdio })
  onTestFinished(() => void worker.kill('SIGKILL'))
  // Events of readline are typed loosely; the worker program writes this.
  const [line] = (await once(createInterface(outputOf(worker)), 'line')) as [string]
  const { text, ...child } = JSON.parse(line) as ProcessIdentity & { readonly text: string }
  return { worker, child, text, folder, workFolder }
}

function outputOf({ stdout }: ChildProcess): Readable {
  if (stdout === null) throw new Error('expected a pipe')
  return stdout
}

/** A process of its own group that ends only by force. */
async function aStubbornProcess(): Promise<ProcessIdentity> {
  const started = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' })
  onTestFinished(() => void started.kill('SIGKILL'))
  await once(started, 'spawn')
  const identity = identityOf(started.pid)
  if (identity === undefined) throw new Error('expected a living process')
  return identity
}

async function record(folder: string, content: object, name = 'one'): Promise<void> {
  await mkdir(join(folder, 'children'), { recursive: true })
  await writeFile(join(folder, 'children', `${name}.json`), JSON.stringify(content))
}
