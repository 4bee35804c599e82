import { expect, test } from 'vitest'
import type { Limit } from '../../dsl/limits.ts'
import { judge } from '../../stats/gates.ts'

test.each<[string, Limit, number | null, number | null, boolean]>([
  ['auc', { atLeast: 0.7 }, 0.7, 0.7, true],
  ['auc', { atLeast: 0.7 }, 0.6999, 0.6999, false],
  ['brier', { atMost: 0.2 }, 0.2, 0.2, true],
  ['brier', { atMost: 0.2 }, 0.2001, 0.2001, false],
  ['auc', { atLeast: 0 }, null, null, false],
  ['brier', { notWorseBy: 0.25 }, 0.75, 0.25, true],
  ['brier', { notWorseBy: 0.24 }, 0.75, 0.25, false],
  ['auc', { notWorseBy: 0.25 }, 0.25, 0.25, true],
  ['auc', { notWorseBy: 0 }, 0.75, -0.25, true],
  ['auc', { notWorseBy: 1 }, null, null, false],
])('%s bound by %o at %o has value %o and passes: %o', (metric, limit, own, value, passed) => {
  const incumbent = { auc: 0.5, brier: 0.5 }
  const gates = judge({ scope: 'overall', metrics: { [metric]: own }, incumbent }, [{ metric, limit }])
  expect(gates).toEqual([{ name: `overall.${metric}`, metric, bound: limit, value, passed }])
})

test('without an incumbent nothing is worse, and with one that has no value nothing is known', () => {
  const limits = [{ metric: 'auc', limit: { notWorseBy: 0.1 } }]
  const passed = (incumbent: { auc: null } | null): boolean | undefined =>
    judge({ scope: 'incumbent', metrics: { auc: 0.5 }, incumbent }, limits)[0]?.passed
  expect(passed(null)).toBe(true)
  expect(passed({ auc: null })).toBe(false)
})
