import { readdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ChildPool } from '../../activities/children/pool.ts'
import type { CodeUnit } from '../../activities/children/unit.ts'
import type { Json } from '../../dsl/plan.ts'
import { isAlive, type ProcessIdentity } from '../../store/process-identity.ts'
import { aCall, aPool, aScript, aTask, temporaryFolder } from './code-units.ts'
import { until } from './until.ts'
import { python, typescript } from './user-code.ts'

describe.each([typescript, python])('a pool of children for $language', (code) => {
  test('serves the next call of a unit in the same process', async () => {
    const [pool, unit] = [await aPool(), await code.counting()]
    const first = await runOnce(pool, unit)
    expect(await runOnce(pool, unit)).toEqual({ ...first, calls: 2 })
  })

  test('runs calls of one unit at the same time in processes of their own', async () => {
    const [pool, unit] = [await aPool(), await code.counting()]
    const children = await Promise.all([pool.acquire(unit), pool.acquire(unit), pool.acquire(unit)])
    expect(new Set(children.map(({ identity }) => identity.pid)).size).toBe(3)
  })

  test('serves the first call of a unit that was warmed in the process that has loaded it', async () => {
    const [pool, unit] = [await aPool(), await code.counting()]
    const warming = pool.warm(unit)
    const first = await runOnce(pool, unit)
    await warming
    expect(await runOnce(pool, unit)).toEqual({ ...first, calls: 2 })
  })

  test('warms a unit that it cannot load without a fault, which its first call tells', async () => {
    const pool = await aPool()
    const unit = { ...(await code.counting()), digest: '0'.repeat(64), file: '/nowhere.mjs', folder: '/nowhere' }
    await expect(pool.warm(unit)).resolves.toBeUndefined()
    await expect(pool.acquire(unit)).rejects.toMatchObject({ code: 'task-not-loadable' })
  })

  test('never runs two units in one process', async () => {
    const [pool, first, second] = [await aPool(), await code.counting(), await code.shout()]
    const child = await pool.acquire(first)
    child.release()
    expect((await pool.acquire(second)).identity.pid).not.toBe(child.identity.pid)
  })

  test('does not use a process again in which code threw', async () => {
    const [pool, unit] = [await aPool(), await code.throwing()]
    const child = await pool.acquire(unit)
    await child.run(await aCall({ input: { message: 'once' } })).catch(() => undefined)
    child.release()
    await until('the child is gone', () => isAlive(child.identity) === false)
    expect((await pool.acquire(unit)).identity.pid).not.toBe(child.identity.pid)
  })

  test('does not answer a call that was cancelled before it began, and keeps the child', async () => {
    const [pool, unit] = [await aPool(), await code.counting()]
    const child = await pool.acquire(unit)
    const reason = new Error('cancelled by the test')
    await expect(child.run(await aCall({ signal: AbortSignal.abort(reason) }))).rejects.toBe(reason)
    child.release()
    expect(await runOnce(pool, unit)).toMatchObject({ pid: child.identity.pid, calls: 1 })
  })

  test('has no more processes after a thousand warm calls than after one', async () => {
    const folder = await temporaryFolder()
    const [pool, unit] = [await aPool({ folder }), await code.counting()]
    const call = await aCall()
    const first = await runOnce(pool, unit)
    await pool.prepare()
    const before = await readdir(join(folder, 'children'))
    for (let calls = 0; calls < 1000; calls += 1) {
      const child = await pool.acquire(unit)
      await child.run(call)
      child.release()
    }
    expect(await readdir(join(folder, 'children'))).toEqual(before)
    expect(await runOnce(pool, unit)).toEqual({ ...first, calls: 1002 })
  })
})

const CORES = availableParallelism()

test('starts no more children than processors for calls that compute, however long each takes', async () => {
  const [pool, unit] = [await aPool(), await aTask({ run: spinning(600) })]
  const answers = await Promise.all(Array.from({ length: CORES * 2 + 1 }, () => runOnce<number>(pool, unit)))
  expect(new Set(answers).size).toBe(CORES)
})

test('starts as many as there are calls for those that wait', async () => {
  const [pool, unit] = [await aPool(), await typescript.counting()]
  const children = await Promise.all(Array.from({ length: CORES * 4 }, () => pool.acquire(unit)))
  expect(new Set(children.map(({ identity }) => identity.pid)).size).toBe(CORES * 4)
})

/** Computes for so much of the processor's time, and answers the process's id. */
function spinning(millis: number): string {
  return `() => {
    const used = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000 }
    const begun = used()
    while (used() - begun < ${millis}) {}
    return process.pid
  }`
}

test('ends the idle child that was used least recently when there are too many', async () => {
  const pool = await aPool({ maxIdle: 2 })
  const units = await Promise.all(['1', '2', '3'].map((answer) => aScript(`def run(_, __): return ${answer}`)))
  const children: { readonly identity: ProcessIdentity }[] = []
  for (const unit of units) {
    const child = await pool.acquire(unit)
    await child.run(await aCall())
    children.push(child)
    child.release()
  }
  await until('the first is gone', () => isAlive(children[0]?.identity ?? fail()) === false)
  expect(children.slice(1).map(({ identity }) => isAlive(identity))).toEqual([true, true])
})

test('a child killed from outside is replaced at the next call', async () => {
  const [pool, unit] = [await aPool(), await typescript.counting()]
  const { pid } = await runOnce(pool, unit)
  process.kill(pid, 'SIGKILL')
  // Until the pool hears of it, a call fails as a crash that may be tried again.
  const served = until(
    'another child serves',
    async () => (await runOnce(pool, unit).catch(() => ({ pid }))).pid !== pid,
  )
  await expect(served).resolves.toBeUndefined()
})

test('a child killed from outside under a call is told as a crash that may be tried again', async () => {
  const child = await (await aPool()).acquire(await typescript.busyLoop())
  const onLog = (): void => void process.kill(child.identity.pid, 'SIGKILL')
  await expect(child.run(await aCall({ onLog }))).rejects.toMatchObject({
    code: 'task-crashed',
    retry: true,
    message: 'task "split": expected an answer from its child process, got its end with SIGKILL from outside',
  })
})

test('code that leaves a timer behind is not followed by another call in its process', async () => {
  const [pool, unit] = [
    await aPool(),
    await aTask({ run: '() => { setInterval(() => {}, 1000); return process.pid }' }),
  ]
  const pids = [await runOnce(pool, unit), await runOnce(pool, unit)]
  expect(new Set(pids).size).toBe(2)
})

test('code that wrote a file as its last act is followed by another call in its process', async () => {
  const pool = await aPool()
  const unit = await aTask({
    before: "import { writeFile } from 'node:fs/promises'",
    run: "async () => { await writeFile('last.txt', 'x'.repeat(1e6)); return process.pid }",
  })
  const first = await runOnce(pool, unit)
  expect(await runOnce(pool, unit)).toEqual(first)
})

test('an environment variable that code sets is gone at the next call', async () => {
  const run = '() => { const seen = process.env.LEFT ?? null; process.env.LEFT = "yes"; return seen }'
  const [pool, unit] = [await aPool(), await aTask({ run })]
  expect([await runOnce(pool, unit), await runOnce(pool, unit)]).toEqual([null, null])
})

test('code that rejects after it returned ends its process and nothing else', async () => {
  const run = '() => { setImmediate(() => { throw new Error("late") }); return process.pid }'
  const [pool, unit] = [await aPool(), await aTask({ run })]
  const pids = [await runOnce(pool, unit), await runOnce(pool, unit)]
  expect(new Set(pids).size).toBe(2)
})

test('an abort reaches code that listens for it before its process ends', async () => {
  const run = `(_, { signal }) => new Promise(() => {
    console.log('waiting')
    signal.addEventListener('abort', () => console.log('stopping'))
  })`
  const lines: string[] = []
  const child = await (await aPool()).acquire(await aTask({ run }))
  const stop = new AbortController()
  const onLog = ({ text }: { readonly text: string }): void => {
    lines.push(text)
    stop.abort(new Error('cancelled by the test'))
  }
  await expect(child.run(await aCall({ signal: stop.signal, onLog }))).rejects.toThrow('cancelled by the test')
  expect(lines).toEqual(['waiting', 'stopping'])
})

test.each([
  ['a module that throws', { before: "throw new Error('no model')", run: '() => 1' }, /threw Error: no model$/],
  ['a unit without a schema', { input: '1', run: '() => 1' }, /expected a default export \{ input, output, run \}/],
])('%s cannot be loaded', async (_, source, message) => {
  const loading = (await aPool()).acquire(await aTask(source))
  await expect(loading).rejects.toMatchObject({ code: 'task-not-loadable', retry: false })
  await expect(loading).rejects.toThrow(message)
})

test.each([
  ['a script without run', 'x = 1', 'script "script.py": expected def run(input, context), got nothing'],
  ['a script that imports what is not there', 'import numpy', "threw ModuleNotFoundError: No module named 'numpy'"],
])('%s cannot be loaded', async (_, source, message) => {
  const loading = (await aPool()).acquire(await aScript(source))
  await expect(loading).rejects.toMatchObject({ code: 'task-not-loadable', retry: false })
  await expect(loading).rejects.toThrow(message)
})

test('closing ends every child, at work or not', async () => {
  const pool = await aPool()
  await pool.prepare()
  const busy = await pool.acquire(await typescript.busyLoop())
  const idle = await pool.acquire(await python.counting())
  idle.release()
  let looping = false
  const run = busy.run(await aCall({ onLog: () => (looping = true) })).catch((error: unknown) => error)
  await until('the loop runs', () => looping)
  await pool.close()
  expect(await run).toMatchObject({ code: 'task-crashed' })
  expect([busy, idle].map(({ identity }) => isAlive(identity))).toEqual([false, false])
})

describe('closing while two children of a unit are being started', () => {
  test.each([0, 4, 8, 12, 16, 20, 30])('leaves none, %i turns of the promises after their start', async (turns) => {
    const folder = await temporaryFolder()
    const [pool, unit] = [await aPool({ folder }), await python.counting()]
    // From here on the pool knows which Python there is: nothing comes between the call and the start.
    await runOnce(pool, await python.shout(), { text: 'first' })
    let settled = false
    void pool.warm(unit, 2).finally(() => (settled = true))
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
    await pool.close()
    const isGone = async (): Promise<boolean> => {
      expect([pool.pids(), await readdir(join(folder, 'children'))]).toEqual([[], []])
      return settled
    }
    await until('the warming is over, and no child was seen', isGone)
  })
})

test('a pool that is closed starts nothing and says why', async () => {
  const pool = await aPool()
  await pool.close()
  await expect(pool.acquire(await typescript.counting())).rejects.toMatchObject({
    code: 'task-crashed',
    retry: true,
    message: 'child process: expected a worker that goes on, got one that ends; another one takes over',
  })
})

async function runOnce<Answer = { readonly pid: number; readonly calls: number }>(
  pool: ChildPool,
  unit: CodeUnit,
  input: Json = {},
): Promise<Answer> {
  const child = await pool.acquire(unit)
  try {
    // What the unit answers is known to the test.
    return (await child.run(await aCall({ input }))) as Answer
  } finally {
    child.release()
  }
}

function fail(): never {
  throw new Error('expected a child')
}
