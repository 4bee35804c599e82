import { expect, it } from 'vitest'
import { launchParameters } from '../../activities/launch/launch-parameters.ts'
import type { Trigger } from '../../activities/launch/requests.ts'
import type { Json, Plan } from '../../dsl/plan.ts'
import { compile } from '../../dsl/compile.ts'
import { parameter, pipeline, task, trigger, z } from '../../dsl/index.ts'

const echo = task('echo', {
  input: z.object({ asOf: z.string(), amount: z.number(), word: z.string() }),
  output: z.object({}),
  run: () => ({}),
})

const step = echo({
  asOf: parameter('asOf', z.iso.datetime()),
  amount: parameter('amount', z.number().max(10), 1),
  word: parameter('word', z.enum(['a', 'b']), 'a'),
})

const triggers = {
  replay: trigger(z.object({ asOf: z.iso.datetime().optional(), amount: z.number().default(3) })),
  bare: trigger(z.object({})),
}

const plan: Plan = compile(pipeline('echoes', { steps: [step], triggers }), { code: { echo: '' }, files: {} })

const AT = '2026-01-05T02:00:00Z'

function filled(sent: Partial<Trigger> | null, changes: Partial<Plan> = {}): unknown {
  const whole = sent === null ? null : { name: 'replay', id: '1', payload: {}, ...sent }
  return launchParameters({ ...plan, ...changes }, { at: AT, trigger: whole })
}

it.each<[string, Partial<Trigger> | null, Json]>([
  ['a schedule says when', null, { asOf: AT, amount: 1, word: 'a' }],
  ['a trigger without fields does, too', { name: 'bare' }, { asOf: AT, amount: 1, word: 'a' }],
  ['a payload has defaults of its own', {}, { asOf: AT, amount: 3, word: 'a' }],
  [
    'a payload comes first',
    { payload: { asOf: '2001-04-01T00:00:00Z', amount: 7 } },
    { asOf: '2001-04-01T00:00:00Z', amount: 7, word: 'a' },
  ],
])('%s', (_, sent, parameters) => {
  expect(filled(sent)).toEqual({ parameters })
})

it.each<[Partial<Trigger>, string, string]>([
  [{ name: 'toString' }, 'unknown-trigger', 'pipeline "echoes": expected trigger "replay" or "bare", got "toString"'],
  [{ payload: { word: 'b' } }, 'wrong-payload', 'payload of "replay": expected fields "asOf", "amount", got "word"'],
  [{ name: 'bare', payload: { amount: 1 } }, 'wrong-payload', 'payload of "bare": expected no fields, got "amount"'],
  [{ payload: { amount: '7' } }, 'wrong-payload', 'payload of "replay".amount: expected number, got string'],
  [
    { payload: { asOf: 'secret' } },
    'wrong-payload',
    'payload of "replay".asOf: Invalid ISO datetime, got a string of 6 characters',
  ],
  // What the trigger takes and the pipeline does not.
  [{ payload: { amount: 11 } }, 'wrong-parameter', 'parameter "amount": expected number to be <=10, got 11'],
])('refuses %o as %s', (sent, reason, message) => {
  expect(filled(sent)).toEqual({ reason, message })
})

it('asks for a default of what a schedule does not say', () => {
  const { asOf, word } = plan.parameters
  const parameters = { ...(asOf && { asOf }), word: { schema: word?.schema ?? {} } }
  expect(filled(null, { parameters })).toEqual({
    reason: 'wrong-parameter',
    message: 'parameter "word": expected a value or a default, got neither',
  })
})

it('leaves asOf out where the pipeline reads none', () => {
  expect(filled(null, { parameters: {} })).toEqual({ parameters: {} })
})
