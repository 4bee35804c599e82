import { expect, test } from 'vitest'
import { z } from 'zod'
import { asJson } from '../../activities/children/json-output.ts'
import { describeIssues } from '../../activities/children/schema-faults.ts'
import { withoutPaths } from '../../activities/children/user-stack.ts'
import { aCall, aPool, aScript, aTask } from './code-units.ts'

test.each([
  [z.object({ text: z.string() }), {}, 'input.text: expected string, got nothing'],
  [z.object({ n: z.number().min(1) }), { n: 0 }, 'input.n: expected number to be >=1, got 0'],
  [z.array(z.int()), [1, 2.5], 'input[1]: expected int, got 2.5'],
  [
    z.object({ name: z.string().min(3) }),
    { name: 'Jo' },
    'input.name: expected string to have >=3 characters, got a string of 2 characters',
  ],
  [
    z.object({ kind: z.enum(['a', 'b']) }),
    { kind: 'Jane' },
    'input.kind: expected one of "a"|"b", got a string of 4 characters',
  ],
  [z.union([z.string(), z.number()]), null, 'input: expected string or number, got null'],
  [z.strictObject({}), { extra: 1 }, 'input: expected no "extra", got an object'],
  [z.string().refine(() => false, 'must be a flight'), 'Jane', 'input: must be a flight, got a string of 4 characters'],
  [z.array(z.string()), [1, 2, 3, 4, 5, 6, 7], /^(input\[\d\]: expected string, got number; ){5}and 2 more$/],
])('%# a refused value is told by place, expectation and kind, and no string is shown', (schema, value, told) => {
  const issues = schema.safeParse(value).error?.issues ?? []
  expect(describeIssues(issues, value, 'input')).toMatch(typeof told === 'string' ? exactly(told) : told)
})

test.each([
  [[Number.NaN], 'output[0]: expected JSON, got NaN'],
  [{ a: [undefined] }, 'output.a[0]: expected JSON, got undefined'],
  [{ at: new Date(0) }, 'output.at: expected JSON, got Date'],
  [{ n: 1n }, 'output.n: expected JSON, got bigint'],
  ['\ud800', 'output: expected JSON, got a string that is not Unicode'],
  [new Map(), 'output: expected JSON, got Map'],
])('%# what JSON does not have is refused with its place', (value, message) => {
  expect(() => asJson(value, 'output')).toThrow(message)
})

test('fields that are undefined are left out of an output', () => {
  expect(asJson({ a: undefined, b: [null, { c: undefined }] }, 'output')).toEqual({ b: [null, {}] })
})

test('a value that holds itself is refused', () => {
  const value: { self?: unknown } = {}
  value.self = value
  expect(() => asJson(value, 'output')).toThrow('more than 500 levels')
})

test.each([
  ['open /srv/work/rows.csv', 'open rows.csv'],
  ["ENOENT: open '/root/.ssh/id_rsa'", "ENOENT: open 'id_rsa'"],
  ['at file:///srv/work/a.mjs', 'at a.mjs'],
  ['see https://example.org/a/b and 1/2', 'see https://example.org/a/b and 1/2'],
])('of the paths in %j only what is not of this machine stays', (text, shown) => {
  expect(withoutPaths(text, '/srv/work')).toBe(shown)
})

test('code that spends the heap of its process is told as out of memory', async () => {
  const pool = await aPool({ heapMib: 64 })
  const run = '() => { const held = []; for (;;) held.push({ at: held.length, text: String(held.length) }) }'
  const child = await pool.acquire(await aTask({ run }))
  const running = child.run(await aCall({ memoryMib: 100_000 }))
  await expect(running).rejects.toMatchObject({ code: 'task-out-of-memory', retry: false })
})

test.each([
  ['TypeScript', () => aTask({ run: "() => 'x'.repeat(33 * 1024 * 1024)" })],
  ['Python', () => aScript('def run(input, context): return "x" * (33 * 1024 * 1024)')],
])('an output beyond 32 MiB is refused in %s, and the child serves the next call', async (_, unit) => {
  const child = await (await aPool()).acquire(await unit())
  const outcomes = [await child.run(await aCall()).catch(codeOf), await child.run(await aCall()).catch(codeOf)]
  expect(outcomes).toEqual(['task-output-too-large', 'task-output-too-large'])
})

test('an integer that other languages would round is refused in Python', async () => {
  const child = await (await aPool()).acquire(await aScript('def run(input, context): return {"id": 2**53}'))
  await expect(child.run(await aCall())).rejects.toThrow(
    'output.id: expected JSON, got an integer beyond 2^53 - 1; return it as a string',
  )
})

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : error
}

function exactly(text: string): RegExp {
  return new RegExp(`^${text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)}$`)
}
