import { expect, it } from 'vitest'
import { typeChecked } from '../steps/type-checked.ts'

const WIDTH = 300

/** Measured 31,500 more than for the narrow one with TypeScript 7.0.2 and zod 4.6.7. */
const INSTANTIATIONS = 40_000

it(`type-checks ${WIDTH} columns and ${WIDTH} features within its budget`, async () => {
  const narrow = await typeChecked(source(5))
  const wide = await typeChecked(source(WIDTH))
  expect([...narrow.messages, ...wide.messages]).toEqual([])
  expect(wide.instantiations - narrow.instantiations).toBeLessThan(INSTANTIATIONS)
}, 60_000)

const COLUMNS = [
  'z.string()',
  `z.number().nullable().meta({ unit: 'km' })`,
  'z.int()',
  `z.enum(['a', 'b', 'c'])`,
  'z.boolean()',
  'decimal(10, 2)',
]

const FEATURES = [
  (name: string) => `c.${name}`,
  (name: string) => `c.${name}.orElse(0).plus(1).over(c.n2).orElse(0)`,
  (name: string) => `c.${name}.times(2).minus(c.n2).bucket([1, 2, 3])`,
  (name: string) => `c.${name}.isIn(['a', 'b'])`,
  (name: string) => `history(wide, { by: { n0: c.n0 }, within: '7 days' }, (p) => share(p.${name})).orElse(0)`,
  (name: string) => `c.${name}.toNumber().ln().orElse(0)`,
]

/** Columns and features of every kind in turn, up to a pipeline that watches all of the features. */
function source(width: number): string {
  const indexes = Array.from({ length: width }, (_, index) => index)
  const columns = indexes.map((index) => `n${index}: ${COLUMNS[index % COLUMNS.length]},`)
  const features = indexes.map((index) => `f${index}: ${FEATURES[index % FEATURES.length]?.(`n${index}`)},`)
  const drift = indexes.map((index) => `f${index}: { psi: atMost(0.2) },`)
  return `
import { atLeast, atMost, contract, decimal, features, history, label, model, parquet, pipeline, share, tabular, z } from 'anneal'
import type { InputOf, RequestOf } from 'anneal'
const wide = contract('wide', {
  key: ['n0'], time: 'at', outcomesKnownAfter: '1 day',
  columns: { at: z.date(), ${columns.join('\n')} },
  outcomes: { target: z.boolean() },
})
const set = features('wide', wide, (c) => ({ ${features.join('\n')} }))
const m = model('wide', {
  features: set, label: label(wide, (c) => c.target), window: '90 days', holdout: '9 days',
  trainer: tabular({ algorithm: 'lightgbm' }), seed: 1,
})
export const request = (given: RequestOf<typeof m>): unknown => [given.n0, given.n1, given.at]
export const input = (given: InputOf<typeof m>): unknown => [given.f0, given.f4]
export default pipeline('wide', {
  sources: { wide: parquet('w') }, train: m, gates: { overall: { auc: atLeast(0.5) } }, canary: 'direct',
  monitor: { over: '28 days', every: '1 day', consecutive: 3, drift: { ${drift.join('\n')} } },
})`
}
