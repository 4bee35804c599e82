import { describe, expect, it } from 'vitest'
import { budgetSpent, burnRate } from '../../stats/burn-rate.ts'
import { driftBetween, type DriftMeasure } from '../../stats/drift.ts'
import { driftFloor, type FloorOptions } from '../../stats/drift-floor.ts'
import { fillCounts, randomBits } from '../../stats/random.ts'

describe('drift between counts', () => {
  // PSI and KS by hand: shares (10.5, 20.5, 30.5, 40.5) / 102 against (20.5, 20.5, 30.5, 30.5) / 102, and
  // (100.5, 0.5) / 101 against (0.5, 0.5). JS by its definition in Python, `math.log2`.
  it.each<[DriftMeasure, readonly number[], readonly number[], number]>([
    ['psi', [10, 20, 30, 40], [20, 20, 30, 30], 0.09339459994902082],
    ['psi', [100, 0], [50, 50], 2.625398469336176],
    ['psi', [7, 7], [7, 7], 0],
    ['ks', [10, 20, 30, 40], [20, 20, 30, 30], 0.1],
    ['ks', [10, 20, 30, 40], [100, 200, 300, 400], 0],
    ['ks', [1, 0], [0, 1], 1],
    ['js', [10, 20, 30, 40], [20, 20, 30, 30], 0.13200673194893742],
    ['js', [1, 0, 0], [0, 1, 0], 1],
    ['js', [1, 0], [1, 1], 0.5579230452841438],
    ['js', [3, 3, 3], [1, 1, 1], 0],
  ])('by %s of %j and %j is %d', (measure, expected, actual, value) => {
    expect(driftBetween(measure, expected, actual)).toBeCloseTo(value, 12)
  })

  it('has no value by shares of nothing', () => {
    expect(driftBetween('ks', [1, 2], [0, 0])).toBeNaN()
    expect(driftBetween('js', [1, 2], [0, 0])).toBeNaN()
  })
})

describe('the floor of drift', () => {
  const options: FloorOptions = { measure: 'psi', units: 28, block: 7, rows: 1000, rate: 0.01, seed: 5 }
  const evenDays = Array.from({ length: 70 }, () => [100, 100, 100, 100])

  it('is the noise of the rows where all days are alike', () => {
    // The sum over 4 bins of (a - e)² / e, n times, is chi-squared of 3 degrees: 11.34 at 0.99 by its tables.
    const { value } = driftFloor(evenDays, options)
    expect(value * 1000).toBeGreaterThan(0.85 * 11.34)
    expect(value * 1000).toBeLessThan(1.15 * 11.34)
  })

  it('is higher where days differ, and the higher the fewer there are in a window', () => {
    const days = evenDays.map((day, index) => (index % 14 < 7 ? [140, 100, 100, 60] : day))
    const floors = [28, 14, 7].map((units) => driftFloor(days, { ...options, units }).value)
    expect(floors[0]).toBeGreaterThan(driftFloor(evenDays, options).value)
    expect(floors).toEqual(floors.toSorted((one, other) => one - other))
  })

  it('has a weekly pattern in each window of whole weeks', () => {
    const days = evenDays.map((day, index) => (index % 7 < 2 ? [200, 100, 50, 50] : day))
    const plain = driftFloor(evenDays, options).value
    expect(driftFloor(days, options).value).toBeLessThan(1.2 * plain)
    expect(driftFloor(days, { ...options, units: 3 }).value).toBeGreaterThan(2 * plain)
  })

  it('is sampling noise alone, and says so, where training is shorter than two weeks', () => {
    const days = evenDays.slice(0, 13).map((day, index) => (index < 6 ? [200, 100, 50, 50] : day))
    expect(driftFloor(days, options).of).toBe('sampling')
    expect(driftFloor(evenDays.slice(0, 14), options).of).toBe('windows')
  })

  it('is the same for the same seed', () => {
    expect(driftFloor(evenDays, options)).toEqual(driftFloor(evenDays, options))
  })
})

it('draws counts of the mean and variance of a Poisson distribution, small and large', () => {
  const random = randomBits(3)
  const weights = Float64Array.of(1, 30, 969)
  const draws = Array.from({ length: 20_000 }, () => {
    const counts = new Float64Array(3)
    fillCounts(counts, { weights, rows: 1000, random })
    return counts
  })
  for (const [bin, mean] of weights.entries()) {
    const values = draws.map((counts) => counts[bin] ?? 0)
    const found = values.reduce((sum, value) => sum + value, 0) / values.length
    const variance = values.reduce((sum, value) => sum + (value - found) ** 2, 0) / values.length
    // Five standard errors of the mean, and of the variance: sqrt(2 / n) and a little of it.
    expect(Math.abs(found - mean)).toBeLessThan(5 * Math.sqrt(mean / values.length))
    expect(Math.abs(variance / mean - 1)).toBeLessThan(0.07)
  }
})

describe('the error budget', () => {
  // Of 0.1 %: by hand.
  it.each([
    [[{ failed: 5, requests: 10_000 }], 1, 0.5],
    [[{ failed: 5, requests: 10_000 }], 0.5, 0.25],
    [
      [
        { failed: 30, requests: 10_000 },
        { failed: 0, requests: 10_000 },
      ],
      1,
      1.5,
    ],
    [[{ failed: 0, requests: 0 }], 1, 0],
    [[], 0, 0],
  ])('of %j over %d of the period is spent by %d', (steps, covered, spent) => {
    expect(budgetSpent(steps, { share: 0.001, covered })).toBeCloseTo(spent, 12)
  })

  it.each([
    [{ failed: 144, requests: 10_000 }, 14.4],
    [{ failed: 0, requests: 0 }, 0],
  ])('burns by %j at %d times the rate', (step, rate) => {
    expect(burnRate(step, 0.001)).toBeCloseTo(rate, 12)
  })
})
