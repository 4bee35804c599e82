import { realpath } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { ActivityError } from '../../activities/errors.ts'
import { identityOf, isAlive } from '../../store/process-identity.ts'
import { aCall, aPool, aTask } from './code-units.ts'
import { python, typescript } from './user-code.ts'
import { until } from './until.ts'

describe.each([typescript, python])('a call of code in $language', (code) => {
  test('answers the output', async () => {
    const child = await (await aPool()).acquire(await code.shout())
    expect(await child.run(await aCall({ input: { text: 'é ünder 𝄞' } }))).toEqual({ text: 'É ÜNDER 𝄞' })
  })

  test('passes megabytes either way', async () => {
    const text = 'x'.repeat(3_000_000)
    const child = await (await aPool()).acquire(await code.shout())
    expect(await child.run(await aCall({ input: { text } }))).toEqual({ text: text.toUpperCase() })
  })

  test('names the place, what is expected and what it got where the input is wrong', async () => {
    const child = await (await aPool()).acquire(await code.shout())
    const error = await fault(child.run(await aCall({ input: { text: 1 } })))
    expect(error).toMatchObject({
      code: 'task-input-invalid',
      retry: false,
      message: 'task "split" input.text: expected string, got number',
    })
  })

  test('names the place where the output is wrong, and serves the next call', async () => {
    const child = await (await aPool()).acquire(await code.shout())
    const error = await fault(child.run(await aCall({ input: { text: 'wrong' } })))
    expect(error).toMatchObject({
      code: 'task-output-invalid',
      message: 'task "split" output.text: expected string, got number',
    })
    expect(await child.run(await aCall({ input: { text: 'right' } }))).toEqual({ text: 'RIGHT' })
  })

  test('names the place where the output is not JSON', async () => {
    const child = await (await aPool()).acquire(await code.notJson())
    expect(await fault(child.run(await aCall()))).toMatchObject({
      code: 'task-output-not-json',
      message: expect.stringMatching(/^task "split" output\.items\[1\]: expected JSON, got nan$/i) as string,
    })
  })

  test('tells what was thrown without paths of the machine, and keeps the own frames apart', async () => {
    const child = await (await aPool()).acquire(await code.throwing())
    const call = await aCall()
    const message = `no row in ${call.workFolder}/rows.csv or /var/lib/secret/place.db`
    const error = await fault(child.run({ ...call, input: { message } }))
    expect(error).toMatchObject({ code: 'task-threw', retry: true })
    expect(error.message).toMatch(/^task "split" threw (Range|Value)Error: no row in rows\.csv or place\.db$/)
    expect(error.userStack).toMatch(/^at burst \((task\.ts|script\.py):2(:\d+)?\)\nat .*(task\.ts|script\.py):\d+/)
  })

  test('cuts a message at 4 KiB', async () => {
    const child = await (await aPool()).acquire(await code.throwing())
    const error = await fault(child.run(await aCall({ input: { message: 'é'.repeat(10_000) } })))
    expect(Buffer.byteLength(error.message)).toBeLessThanOrEqual(4096)
    expect(error.message).toContain('éééé')
  })

  test('ends a loop that never yields when its time is over', async () => {
    const child = await (await aPool()).acquire(await code.busyLoop())
    const error = await fault(child.run(await aCall({ timeoutMillis: 50 })))
    expect(error).toMatchObject({
      code: 'task-timed-out',
      retry: true,
      message: 'task "split": expected to end within 50 ms, got no end; raise its timeout',
    })
    expect(isAlive(child.identity)).toBe(false)
  })

  test('ends code that takes more memory than it may', async () => {
    const child = await (await aPool()).acquire(await code.memoryHog())
    const error = await fault(child.run(await aCall({ memoryMib: 200 })))
    expect(error).toMatchObject({ code: 'task-out-of-memory', retry: false })
    expect(error.message).toMatch(/^task "split": expected up to 200 MiB of memory, got \d+ MiB; raise its memory$/)
    expect(isAlive(child.identity)).toBe(false)
  })

  test('tells an end of the process from an answer', async () => {
    const child = await (await aPool()).acquire(await code.exiting())
    const error = await fault(child.run(await aCall()))
    expect(error).toMatchObject({ code: 'task-crashed', retry: true })
    expect(error.message).toContain('exit code 0')
    await until('the child is gone', () => isAlive(child.identity) === false)
  })

  test('hands on what the code prints and logs before it hands on the answer', async () => {
    const lines: string[] = []
    const child = await (await aPool()).acquire(await code.printing())
    await child.run(await aCall({ onLog: ({ stream, text }) => lines.push(`${stream} ${text.replaceAll(' ', '')}`) }))
    expect(lines.toSorted()).toEqual(['log {"third":3}', 'stderr second', 'stdout first'])
  })

  test('ends when its signal aborts, with the reason of the signal', async () => {
    const child = await (await aPool()).acquire(await code.busyLoop())
    const stop = new AbortController()
    const reason = new Error('cancelled by the test')
    const run = child.run(await aCall({ signal: stop.signal, onLog: () => stop.abort(reason) }))
    await expect(run).rejects.toBe(reason)
    expect(isAlive(child.identity)).toBe(false)
  })

  test('ends the processes that the code started together with the code', async () => {
    const pids: number[] = []
    const child = await (await aPool()).acquire(await code.forking())
    const stop = new AbortController()
    const onLog = ({ text }: { readonly text: string }): void => {
      pids.push(Number(text))
      stop.abort()
    }
    await child.run(await aCall({ signal: stop.signal, onLog })).catch(() => undefined)
    expect(pids).toEqual([expect.any(Number)])
    await until('the grandchild is gone', () => identityOf(pids[0]) === undefined)
  })

  test('is not followed by another in a process that left a process behind', async () => {
    const pool = await aPool()
    const unit = await code.forking()
    const child = await pool.acquire(unit)
    const pid = await child.run(await aCall({ input: { thenReturn: true } }))
    child.release()
    await until('the process left behind is gone', () => identityOf(Number(pid)) === undefined)
    expect((await pool.acquire(unit)).identity).not.toEqual(child.identity)
  })

  test('sees its own folder, its seed and nothing of the environment and files of the worker', async () => {
    process.env['ANNEAL_TEST_SECRET'] = 'secret'
    const child = await (await aPool()).acquire(await code.surroundings())
    const call = await aCall({ seed: 4_294_967_295 })
    const folder = await realpath(call.workFolder)
    const seen = (await child.run({ ...call, workFolder: folder })) as {
      readonly environment: Record<string, string>
      readonly files: readonly string[]
    }
    expect(seen).toMatchObject({
      folder,
      seed: 4_294_967_295,
      environment: { HOME: folder, TMPDIR: folder, TZ: 'UTC' },
    })
    const allowed = new Set(['HOME', 'LANG', 'PATH', 'PYTHONHASHSEED', 'TMPDIR', 'TZ'])
    expect(Object.keys(seen.environment).filter((name) => !allowed.has(name))).toEqual([])
    // Beyond its four sockets: what its own runtime opens for itself.
    expect(seen.files.filter((file) => file.startsWith('socket:'))).toHaveLength(4)
    expect(seen.files.filter((file) => file.startsWith('/') && !/^\/dev\/|^\/proc\//.test(file))).toEqual([])
  })
})

test('code that asks Node for a diagnostic report gets it, as some native packages do to choose their binary', async () => {
  const unit = await aTask({ run: '() => typeof process.report.getReport().header.nodejsVersion' })
  expect(await (await aPool()).acquire(unit).then(async (child) => child.run(await aCall()))).toBe('string')
})

async function fault(run: Promise<unknown>): Promise<ActivityError> {
  const error = await run.then(
    () => new Error('expected a fault, got an answer'),
    (reason: unknown) => reason,
  )
  if (error instanceof ActivityError) return error
  throw error
}
