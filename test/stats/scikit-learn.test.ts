import { expect, test } from 'vitest'
import type { Examples } from '../../stats/examples.ts'
import { measureOf } from '../../stats/examples.ts'
import { macroAuc } from '../../stats/multiclass.ts'

// The expected numbers are what `scikit-learn.py` in this folder prints.

const binary = {
  task: 'binary',
  labels: Uint8Array.of(0, 1, 0, 0, 1, 1, 0, 1, 0, 1),
  probabilities: Float32Array.of(0.1, 0.9, 0.5, 0.5, 0.5, 0.25, 0.25, 1, 0, 0.75),
} as const

const multiclass = {
  task: 'multiclass',
  classes: 3,
  labels: Int32Array.of(0, 1, 2, 2, 1, 0),
  probabilities: Float32Array.from([
    0.5, 0.25, 0.25, 0.25, 0.5, 0.25, 0.125, 0.125, 0.75, 0.5, 0.25, 0.25, 0, 0.5, 0.5, 0.25, 0.75, 0,
  ]),
} as const

const regression = {
  task: 'regression',
  labels: Float64Array.of(1e6, 1e6 + 1, 1e6 + 2, 1e6 + 4, 1e6 + 3),
  predictions: Float32Array.of(1e6 + 0.5, 1e6 + 1, 1e6 + 2.5, 1e6 + 3, 1e6 + 3),
} as const

interface Case {
  readonly name: string
  readonly examples: Examples
  readonly weights?: Uint8Array
  readonly expected: Readonly<Record<string, number>>
}

const cases: readonly Case[] = [
  {
    name: 'binary',
    examples: binary,
    expected: { auc: 0.86, log_loss: 0.42518219351768494, brier: 0.1457500010728836, accuracy: 0.8 },
  },
  {
    name: 'weighted binary',
    examples: binary,
    weights: Uint8Array.of(1, 0, 2, 3, 1, 1, 0, 4, 1, 2),
    expected: {
      auc: 0.8660714285714286,
      log_loss: 0.415060184895997,
      brier: 0.14650000017136336,
      accuracy: 0.8666666666666667,
    },
  },
  {
    name: 'multiclass',
    examples: multiclass,
    expected: { accuracy: 0.6666666666666666, log_loss: 0.8566187024116516, brier: 0.5572916865348816 },
  },
  {
    name: 'weighted multiclass',
    examples: multiclass,
    weights: Uint8Array.of(1, 2, 0, 1, 3, 1),
    expected: { accuracy: 0.75, log_loss: 0.8664339780807495, brier: 0.578125 },
  },
  { name: 'regression', examples: regression, expected: { rmse: 0.5477225575051661, mae: 0.4, r2: 0.85 } },
  {
    name: 'weighted regression',
    examples: regression,
    weights: Uint8Array.of(1, 0, 2, 3, 1),
    expected: { rmse: 0.7319250547113999, mae: 0.6428571428571429, r2: 0.7207446808510638 },
  },
]

test.each(cases)('$name metrics are those of scikit-learn', ({ examples, weights, expected }) => {
  const found = measureOf(examples).of(weights)
  expect(Object.keys(found)).toEqual(Object.keys(expected))
  for (const [metric, value] of Object.entries(expected)) expect(found[metric]).toBeCloseTo(value, 6)
})

test('the macro AUC is that of scikit-learn', () => {
  expect(macroAuc(multiclass)).toBeCloseTo(0.75, 12)
})
