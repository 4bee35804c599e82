import { expect, test } from 'vitest'
import { METRICS } from '../../dsl/metrics.ts'
import { aucOf } from '../../stats/auc.ts'
import { calibrationOf } from '../../stats/calibration.ts'
import { measureOf, pick, type Examples } from '../../stats/examples.ts'
import { macroAuc } from '../../stats/multiclass.ts'
import { ascending } from '../../stats/order.ts'
import { chosenSeed, seeded } from '../engine/seeded.ts'

const one = {
  binary: { task: 'binary', labels: Uint8Array.of(1, 0), probabilities: Float32Array.of(0.9, 0.2) },
  multiclass: {
    task: 'multiclass',
    classes: 2,
    labels: Int32Array.of(0, 1),
    probabilities: Float32Array.of(0.9, 0.1, 0.2, 0.8),
  },
  regression: { task: 'regression', labels: Float64Array.of(1, 2), predictions: Float32Array.of(1, 3) },
} as const satisfies Record<string, Examples>

test.each(['binary', 'multiclass', 'regression'] as const)(
  'every metric that a %s gate can name is measured',
  (task) => {
    expect(Object.keys(measureOf(one[task]).of())).toEqual(expect.arrayContaining(Object.keys(METRICS[task])))
  },
)

test('the AUC is the share of pairs in the right order, ties counted half', () => {
  const random = seeded(chosenSeed())
  for (let round = 0; round < 300; round += 1) {
    const rows = 1 + Math.floor(random() * 40)
    const scores = Float32Array.from({ length: rows }, () => Math.floor(random() * 8) / 8)
    const labels = Uint8Array.from(scores, () => Math.floor(random() * 2))
    const weights = Uint8Array.from(scores, () => Math.floor(random() * 4))
    const auc = aucOf(labels, scores)
    expect(auc(weights) ?? -1).toBeCloseTo(pairsInOrder({ labels, scores, weights }) ?? -1, 12)
    expect(auc() ?? -1).toBeCloseTo(pairsInOrder({ labels, scores, weights: weights.fill(1) }) ?? -1, 12)
  }
})

interface Weighted {
  readonly labels: Uint8Array
  readonly scores: Float32Array
  readonly weights: Uint8Array
}

function pairsInOrder({ labels, scores, weights }: Weighted): number | null {
  let [pairs, won] = [0, 0]
  for (const [high, label] of labels.entries()) {
    for (const [low, other] of labels.entries()) {
      if (label !== 1 || other !== 0) continue
      const weight = (weights[high] ?? 0) * (weights[low] ?? 0)
      pairs += weight
      won += weight * ((Math.sign((scores[high] ?? 0) - (scores[low] ?? 0)) + 1) / 2)
    }
  }
  return pairs === 0 ? null : won / pairs
}

test('rows are ordered by their value and equal ones by their number', () => {
  const random = seeded(chosenSeed())
  const values = Float32Array.from({ length: 5000 }, () => Math.fround(random() ** 8 * 1e-3))
  values.set([0, -0, 1e-45, 1, 3.4e38, 0], 2000)
  const expected = [...values.keys()].toSorted((a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b)
  expect([...ascending(values)]).toEqual(expected)
})

test('weights count rows: a weighted measure is that of the rows written out', () => {
  const random = seeded(chosenSeed())
  const rows = 60
  const probabilities = Float32Array.from({ length: rows * 3 }, () => random() / 3)
  const labels = Int32Array.from({ length: rows }, () => Math.floor(random() * 4) - 1)
  const weights = Uint8Array.from({ length: rows }, () => Math.floor(random() * 3))
  const examples = { task: 'multiclass', classes: 3, labels, probabilities } as const
  const repeated = Uint32Array.from([...weights].flatMap((weight, row) => Array.from({ length: weight }, () => row)))
  const written = measureOf(pick(examples, repeated)).of()
  for (const [metric, value] of Object.entries(measureOf(examples).of(weights))) {
    expect(value).toBeCloseTo(written[metric] ?? Number.NaN, 10)
  }
})

test.each([
  ['no rows', { ...one.binary, labels: Uint8Array.of(), probabilities: Float32Array.of() }, ['auc', 'log_loss']],
  ['one class', { ...one.binary, labels: Uint8Array.of(1, 1) }, ['auc']],
  ['no rows to regress', { ...one.regression, labels: Float64Array.of(), predictions: Float32Array.of() }, ['rmse']],
  ['equal labels', { ...one.regression, labels: Float64Array.of(2, 2) }, ['r2']],
] as const)('%s have metrics that are null', (_, examples, missing) => {
  const found = measureOf(examples).of()
  for (const metric of missing) expect(found[metric]).toBeNull()
})

test('a class that no row has leaves no macro AUC', () => {
  expect(macroAuc({ ...one.multiclass, labels: Int32Array.of(0, 0) })).toBeNull()
})

test('a class that the model does not know counts as given no probability', () => {
  const found = measureOf({ ...one.multiclass, labels: Int32Array.of(-1, 1) }).of()
  expect(found['accuracy']).toBe(0.5)
  expect(found['log_loss']).toBeCloseTo((-Math.log(2 ** -23) - Math.log(0.8)) / 2, 6)
})

test.each([
  [
    { ...one.binary, probabilities: Float32Array.of(0.5, Number.NaN) },
    'probability 1: expected a number from 0 to 1, got NaN',
  ],
  [{ ...one.binary, probabilities: Float32Array.of(1.5, 0) }, 'probability 0: expected a number from 0 to 1, got 1.5'],
  [{ ...one.binary, probabilities: Float32Array.of(0.5) }, 'probabilities: expected 2 values, got 1'],
  [{ ...one.binary, labels: Uint8Array.of(0, 2) }, 'label 1: expected 0 or 1, got 2'],
  [{ ...one.multiclass, labels: Int32Array.of(2, 0) }, 'label 0: expected a class from 0 to 1, got 2'],
  [
    { ...one.regression, predictions: Float32Array.of(1, Infinity) },
    'prediction 1: expected a finite number, got Infinity',
  ],
  [{ ...one.regression, labels: Float64Array.of(Number.NaN, 1) }, 'label 0: expected a finite number, got NaN'],
] as const)('numbers that are no predictions are refused (%#)', (examples, message) => {
  expect(() => measureOf(examples)).toThrow(message)
})

test('calibration bins have equal mass, and equal probabilities share one', () => {
  const probabilities = Float32Array.of(0.5, 0.25, 0.25, 0.25, 0.75, 1)
  const labels = Uint8Array.of(0, 1, 0, 0, 1, 1)
  const found = calibrationOf({ task: 'binary', labels, probabilities }, 3)
  expect(found?.bins).toEqual([
    { rows: 3, predicted: 0.25, observed: expect.closeTo(1 / 3, 12) },
    { rows: 1, predicted: 0.5, observed: 0 },
    { rows: 2, predicted: 0.875, observed: 1 },
  ])
  expect(found?.error).toBeCloseTo((3 * (1 / 12) + 0.5 + 2 * 0.125) / 6, 12)
})

test('a multiclass model is calibrated by its likeliest class, and a regression not at all', () => {
  expect(calibrationOf(one.multiclass, 1)?.bins).toEqual([{ rows: 2, predicted: expect.closeTo(0.85, 6), observed: 1 }])
  expect(calibrationOf(one.regression)).toBeNull()
})
