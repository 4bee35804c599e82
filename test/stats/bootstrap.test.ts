import { expect, test } from 'vitest'
import { bootstrap, pairedBootstrap } from '../../stats/bootstrap.ts'
import { measureOf } from '../../stats/examples.ts'
import { fillPoisson, randomBits } from '../../stats/random.ts'
import { chosenSeed, seeded } from '../engine/seeded.ts'

test('weights have the frequencies of Poisson(1)', () => {
  const weights = new Uint8Array(1_000_000)
  fillPoisson(weights, randomBits(3))
  const expected = [1, 1, 1 / 2, 1 / 6, 1 / 24, 1 / 120].map((term) => term / Math.E)
  for (const [count, share] of expected.entries()) {
    const found = weights.reduce((sum, weight) => sum + (weight === count ? 1 : 0), 0) / weights.length
    expect(Math.abs(found - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / weights.length))
  }
})

test('95 % intervals hold the true value about 95 times in 100', () => {
  const random = seeded(chosenSeed())
  let held = 0
  for (let round = 0; round < 400; round += 1) {
    // The squared error of 0 for a label of 0 or 1 is the label: a mean of coin flips, whose truth is 0.3.
    const labels = Uint8Array.from({ length: 300 }, () => (random() < 0.3 ? 1 : 0))
    const measure = measureOf({ task: 'binary', labels, probabilities: new Float32Array(300) })
    const { brier } = bootstrap(measure, { seed: round })
    if (brier !== undefined && brier.low <= 0.3 && 0.3 <= brier.high) held += 1
  }
  // Five standard deviations of a binomial about 0.94, what 200 percentile resamples of 300 rows come to.
  expect(held / 400).toBeGreaterThan(0.88)
  expect(held / 400).toBeLessThan(0.99)
})

test('equal seeds give equal intervals, others do not', () => {
  const measure = measureOf({
    task: 'regression',
    labels: Float64Array.from({ length: 50 }, (_, row) => row),
    predictions: Float32Array.from({ length: 50 }, (_, row) => row + Math.sin(row)),
  })
  expect(bootstrap(measure, { seed: 5 })).toEqual(bootstrap(measure, { seed: 5 }))
  expect(bootstrap(measure, { seed: 5 })).not.toEqual(bootstrap(measure, { seed: 6 }))
})

test('a model compared with itself differs by nothing, and with a worse one by more', () => {
  const labels = Uint8Array.from({ length: 500 }, (_, row) => row % 2)
  const good = measureOf({
    task: 'binary',
    labels,
    probabilities: Float32Array.from(labels, (label) => 0.3 + label * 0.4),
  })
  const worse = measureOf({ task: 'binary', labels, probabilities: Float32Array.from(labels, () => 0.5) })
  const same = pairedBootstrap({ candidate: good, incumbent: good }, { seed: 1 })
  expect(same['log_loss']).toEqual({ low: 0, high: 0 })
  const difference = pairedBootstrap({ candidate: good, incumbent: worse }, { seed: 1 })
  expect(difference['log_loss']?.high).toBeLessThan(0)
  expect(difference['auc']).toEqual({ low: 0.5, high: 0.5 })
})

test('no interval stands where a resample has no value, or no row', () => {
  const labels = Uint8Array.of(1, 0, 0)
  const measure = measureOf({ task: 'binary', labels, probabilities: Float32Array.of(0.5, 0.5, 0.25) })
  expect(Object.keys(bootstrap(measure, { seed: 1 }))).not.toContain('auc')
  const empty = measureOf({ task: 'binary', labels: Uint8Array.of(), probabilities: Float32Array.of() })
  expect(bootstrap(empty, { seed: 1 })).toEqual({})
})
