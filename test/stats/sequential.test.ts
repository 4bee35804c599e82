import { describe, expect, it, test } from 'vitest'
import { measureOf } from '../../stats/examples.ts'
import { logBeta, logGamma } from '../../stats/log-gamma.ts'
import { differenceOf, meanSequence, rateSequence } from '../../stats/sequential.ts'
import { lookAt, spentBootstrap } from '../../stats/spent-bootstrap.ts'
import { chosenSeed, seeded } from '../engine/seeded.ts'

const ALPHA = 0.05
const random = seeded(chosenSeed())

describe('ln Γ', () => {
  // Python 3.11, `math.lgamma`, where it is no logarithm of a known number.
  it.each([
    [0.5, Math.log(Math.PI) / 2],
    [1, 0],
    [2, 0],
    [10, Math.log(362_880)],
    [1e-3, 6.907178885383854],
    [37.25, 96.61988458827811],
    [100.5, 361.4355404677776],
    [1e6, 12_815_504.569147611],
  ])('of %d is %d', (x, expected) => {
    expect(Math.abs(logGamma(x) - expected)).toBeLessThan(1e-9 * Math.max(1, Math.abs(expected)))
  })

  it('is a sum of logarithms at whole numbers', () => {
    let sum = 0
    for (let n = 1; n < 3000; n += 1) {
      sum += Math.log(n)
      expect(Math.abs(logGamma(n + 1) - sum)).toBeLessThan(1e-13 * Math.max(1, sum))
    }
  })
})

describe('the interval of a rate', () => {
  it('is the closed form where nothing happened', () => {
    // B(1/2, n + 1/2) / B(1/2, 1/2) is the product of (i - 1/2) / i.
    for (const trials of [1, 10, 1000, 100_000]) {
      let logRatio = 0
      for (let i = 1; i <= trials; i += 1) logRatio += Math.log1p(-0.5 / i)
      const expected = -Math.expm1((logRatio + Math.log(ALPHA)) / trials)
      const { low, high } = rateSequence({ events: 0, trials }, ALPHA)
      expect(low).toBe(0)
      expect(Math.abs(high / expected - 1)).toBeLessThan(1e-9)
    }
  })

  it('ends where the mixture of likelihood ratios is 1 / alpha', () => {
    for (const [events, trials] of [
      [3, 100],
      [40, 100],
      [999, 1000],
      [5, 1_000_000],
    ] as const) {
      const { low, high } = rateSequence({ events, trials }, ALPHA)
      for (const rate of [low, high]) {
        const mixture = logBeta(events + 0.5, trials - events + 0.5) - logBeta(0.5, 0.5)
        const likelihood = events * Math.log(rate) + (trials - events) * Math.log1p(-rate)
        expect(mixture - likelihood).toBeCloseTo(Math.log(1 / ALPHA), 5)
      }
      expect(low).toBeLessThan(events / trials)
      expect(high).toBeGreaterThan(events / trials)
    }
  })

  it('knows nothing of no trials, and is the other side of the others', () => {
    expect(rateSequence({ events: 0, trials: 0 }, ALPHA)).toEqual({ low: 0, high: 1 })
    const [some, others] = [
      rateSequence({ events: 7, trials: 50 }, ALPHA),
      rateSequence({ events: 43, trials: 50 }, ALPHA),
    ]
    expect(some.low).toBeCloseTo(1 - others.high, 12)
    expect(some.high).toBeCloseTo(1 - others.low, 12)
  })

  it.each([0.5, 0.01])(
    'misses a rate of %d in fewer than alpha of all streams, looked at after every trial',
    (rate) => {
      const streams = 400
      let missed = 0
      for (let stream = 0; stream < streams; stream += 1) missed += everMissed(rate, 800) ? 1 : 0
      // Four standard deviations above alpha would say that it is not kept.
      expect(missed / streams).toBeLessThan(ALPHA + 4 * Math.sqrt((ALPHA * (1 - ALPHA)) / streams))
      process.stderr.write(`rate ${rate}: missed in ${missed} of ${streams}\n`)
    },
  )

  it('shows soon that a candidate fails five times as often as it may', () => {
    const delays = Array.from({ length: 100 }, () => {
      for (let [trials, events] = [1, 0]; ; trials += 1) {
        events += random() < 0.05 ? 1 : 0
        if (rateSequence({ events, trials }, 0.005).low > 0.01) return trials
      }
    }).toSorted((one, other) => one - other)
    process.stderr.write(`5 % against 1 %: shown after ${delays[50]} trials in the middle, ${delays[99]} at most\n`)
    expect(delays[50]).toBeLessThan(400)
  })
})

function everMissed(rate: number, trials: number): boolean {
  let events = 0
  for (let trial = 1; trial <= trials; trial += 1) {
    events += random() < rate ? 1 : 0
    const { low, high } = rateSequence({ events, trials: trial }, ALPHA)
    if (rate < low || rate > high) return true
  }
  return false
}

describe('the interval of a mean', () => {
  it('misses the mean in fewer than alpha of all streams, looked at again and again, weighted or not', () => {
    const streams = 400
    let missed = 0
    for (let stream = 0; stream < streams; stream += 1) {
      const length = 400
      // Squares of uniform numbers: their mean is a third.
      const values = Float64Array.from({ length }, () => random() ** 2)
      const weights = Float64Array.from({ length }, () => (stream % 2 === 0 ? 1 : 1 + Math.floor(random() * 5)))
      for (let seen = 5; seen <= length; seen += 5) {
        const { low, high } = meanSequence(
          { values: values.subarray(0, seen), weights: weights.subarray(0, seen) },
          ALPHA,
        )
        if (low <= 1 / 3 && 1 / 3 <= high) continue
        missed += 1
        break
      }
    }
    process.stderr.write(`mean: missed in ${missed} of ${streams}\n`)
    expect(missed / streams).toBeLessThan(ALPHA + 4 * Math.sqrt((ALPHA * (1 - ALPHA)) / streams))
  })

  it('narrows with the rows, and more where they vary less', () => {
    expect(widthOf(10_000, 0.2)).toBeLessThan(widthOf(1000, 0.2) / 2)
    expect(widthOf(10_000, 0.02)).toBeLessThan(widthOf(10_000, 0.2) / 2)
  })
})

test('a difference of two models that are equal is found in fewer than alpha of all streams', () => {
  const streams = 300
  let found = 0
  for (let stream = 0; stream < streams; stream += 1) {
    const counts = { candidate: 0, incumbent: 0 }
    for (let trials = 1; trials <= 500; trials += 1) {
      counts.candidate += random() < 0.02 ? 1 : 0
      counts.incumbent += random() < 0.02 ? 1 : 0
      const own = rateSequence({ events: counts.candidate, trials }, ALPHA / 2)
      const { low, high } = differenceOf(own, rateSequence({ events: counts.incumbent, trials }, ALPHA / 2))
      if (low <= 0 && high >= 0) continue
      found += 1
      break
    }
  }
  expect(found / streams).toBeLessThan(ALPHA)
})

describe('the spent bootstrap', () => {
  it('looks at 64 rows first and at twice as many each time', () => {
    expect([0, 63, 64, 127, 128, 5000].map((rows) => lookAt(rows))).toEqual([
      null,
      null,
      { number: 1, rows: 64 },
      { number: 1, rows: 64 },
      { number: 2, rows: 128 },
      { number: 7, rows: 4096 },
    ])
  })

  it('finds that a model of noise ranks worse than one that knows, and nothing between two that know as much', () => {
    const rows = 1024
    const side = (knows: boolean): ReturnType<typeof measureOf> => {
      const labels = Uint8Array.from({ length: rows }, () => (random() < 0.5 ? 1 : 0))
      const probabilities = Float32Array.from(labels, (label) => (knows ? 0.3 * label + 0.7 * random() : random()))
      return measureOf({ task: 'binary', labels, probabilities })
    }
    const look = { number: 5, rows }
    const worse = spentBootstrap({ candidate: side(false), incumbent: side(true) }, 'auc', {
      look,
      alpha: 0.01,
      seed: 1,
    })
    expect(worse?.high).toBeLessThan(0)
    const equal = spentBootstrap({ candidate: side(true), incumbent: side(true) }, 'auc', {
      look,
      alpha: 0.01,
      seed: 1,
    })
    expect(equal?.low).toBeLessThan(0)
    expect(equal?.high).toBeGreaterThan(0)
  })
})

function widthOf(count: number, spread: number): number {
  const values = Float64Array.from({ length: count }, (_, index) => 0.2 + (index % 2 === 0 ? spread : -spread))
  const { low, high } = meanSequence({ values, weights: new Float64Array(count).fill(1) }, ALPHA)
  expect(low).toBeLessThan(0.2)
  expect(high).toBeGreaterThan(0.2)
  return high - low
}
