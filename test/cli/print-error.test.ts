import { expect, it } from 'vitest'
import { asCliError } from '../../cli/as-cli-error.ts'
import { CliError } from '../../cli/errors.ts'
import { formatError } from '../../cli/print-error.ts'
import { StoreError } from '../../store/errors.ts'

const PLAIN = { colour: false, stack: false, json: false }

function aFault(): CliError {
  return new CliError('task-not-exported', {
    message: 'task "split": expected an export, got none',
    where: 'pipelines/a.ts:3:1',
    expected: 'export const split',
    got: 'none',
    remedy: 'export it',
    details: ['  3 | const split'],
    cause: new Error('underneath'),
  })
}

it('prints where, expected, got and the remedy under the message, without a stack', () => {
  expect(formatError(aFault(), PLAIN)).toBe(
    [
      'error task-not-exported: task "split": expected an export, got none',
      '    3 | const split',
      '  where     pipelines/a.ts:3:1',
      '  expected  export const split',
      '  got       none',
      '  remedy    export it',
      '',
    ].join('\n'),
  )
})

it('prints the stack of the error and of its cause when asked', () => {
  const text = formatError(aFault(), { ...PLAIN, stack: true })
  expect(text).toContain('CliError: task "split"')
  expect(text).toContain('Error: underneath')
})

it('colours only when told to', () => {
  expect(formatError(aFault(), PLAIN)).not.toContain('\u001B')
  expect(formatError(aFault(), { ...PLAIN, colour: true })).toContain('\u001B[31m')
})

it('prints one line of JSON with the same facts', () => {
  const text = formatError(aFault(), { ...PLAIN, json: true })
  expect(text.split('\n')).toHaveLength(2)
  expect(JSON.parse(text)).toEqual({
    error: {
      code: 'task-not-exported',
      exitCode: 2,
      message: 'task "split": expected an export, got none',
      where: 'pipelines/a.ts:3:1',
      expected: 'export const split',
      got: 'none',
      remedy: 'export it',
      details: ['  3 | const split'],
    },
  })
})

it.each([
  ['type-error', 2],
  ['no-worker', 3],
  ['store', 4],
  ['run-failed', 1],
] as const)('ends with the exit code of %s', (code, exitCode) => {
  expect(new CliError(code, { message: 'm', remedy: 'r' }).exitCode).toBe(exitCode)
})

it.each([
  [['store-full'], 'store-full: see `anneal explain store-full`'],
  [['task-threw', 'source-empty'], 'task-threw, source-empty: see `anneal explain CODE`'],
])('names the codes underneath, %j, with how to have them explained', (codes, told) => {
  const error = new CliError('store', { message: 'm', codes, remedy: 'r' })
  expect(formatError(error, PLAIN)).toBe(`error store: m\n  code      ${told}\n  remedy    r\n`)
  expect(JSON.parse(formatError(error, { ...PLAIN, json: true }))).toMatchObject({ error: { codes } })
})

it('takes an error of the store for what it is, with its own code, and any other for a defect', () => {
  expect(asCliError(new StoreError('store-full', 'store: expected room, got ENOSPC'))).toMatchObject({
    code: 'store',
    exitCode: 4,
    message: 'store: expected room, got ENOSPC',
    fault: { codes: ['store-full'] },
  })
  expect(asCliError(new TypeError('x is not a function'))).toMatchObject({ code: 'internal', exitCode: 1 })
  expect(asCliError(aFault()).code).toBe('task-not-exported')
})
