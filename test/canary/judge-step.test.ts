import { describe, expect, it } from 'vitest'
import { countSide } from '../../activities/canary/count-traffic.ts'
import { judgeQuality, type JudgedSide } from '../../activities/canary/judge-quality.ts'
import { alphaOf, judgeStep, type Observed, type SideCounts } from '../../activities/canary/judge-step.ts'
import type { CanarySpec } from '../../dsl/lifecycle/release-nodes.ts'
import { latencyBucket, type TrafficCounter } from '../../store/traffic.ts'
import { chosenSeed, seeded } from '../engine/seeded.ts'

const SPEC: CanarySpec = {
  service: 's',
  traffic: [0.05, 1],
  holdMillis: 1000,
  maxHoldMillis: 4000,
  errorRate: { atMost: 0.01 },
  p99Millis: { atMost: 80 },
  quality: [{ metric: 'brier', limit: { notWorseBy: 0.02 } }],
  whenBusy: 'wait',
}

/** Requests, and of them failed and slow ones. */
function side(requests: number, failed = 0, slow = 0): SideCounts {
  return { requests, failed, timed: requests, surelySlow: slow, maybeSlow: slow }
}

const NONE = side(0)
const good = side(20_000, 20, 40)
const worse = (low: number, high: number): Observed['quality'] => [
  { metric: 'brier', worseBy: { low, high }, rows: { candidate: 500, incumbent: 500 }, by: 'sequence' },
]
const unknown: Observed['quality'] = [
  { metric: 'brier', worseBy: null, rows: { candidate: 0, incumbent: 9 }, by: 'bootstrap' },
]

const TABLE: readonly (readonly [
  what: string,
  candidate: SideCounts,
  incumbent: SideCounts,
  quality: Observed['quality'],
  hold: Observed['hold'],
  verdict: string,
  reason: RegExp,
])[] = [
  ['all well, the hold not over', good, good, [], 'running', 'wait', /hold is not over/],
  ['all well, the hold over', good, good, [], 'over', 'pass', /within bounds after 20000 requests/],
  ['all well at all of the traffic', good, NONE, [], 'over', 'pass', /within bounds/],
  ['nothing came', NONE, good, [], 'over', 'wait', /not enough evidence: errors within 0 to 1 after 0 requests/],
  ['nothing came for long', NONE, good, [], 'exhausted', 'fail', /not enough evidence/],
  ['too few for a bound of 1 %', side(300), good, [], 'over', 'wait', /not enough evidence: errors within 0 to 0\.0/],
  ['one failure of few is no evidence', side(20, 1), good, [], 'running', 'wait', /hold/],
  [
    'errors far above, at once',
    side(400, 40),
    good,
    [],
    'running',
    'fail',
    /^errors: expected a share of at most 0\.01, got at least 0\.0/,
  ],
  ['errors above, though the incumbent has them too', side(400, 40), side(400, 40), [], 'running', 'fail', /^errors/],
  ['errors a little above: not shown', side(1000, 14), good, [], 'over', 'wait', /not enough evidence: errors/],
  ['slow, the incumbent not', side(2000, 0, 200), good, [], 'running', 'fail', /^latency: .* \(incumbent 0\.00/],
  ['slow, without an incumbent', side(2000, 0, 200), NONE, [], 'running', 'fail', /^latency/],
  ['slow, and so is the incumbent', side(9000, 0, 900), side(9000, 0, 900), [], 'running', 'wait', /hold/],
  [
    'slow as the incumbent, shown by many',
    side(900_000, 0, 90_000),
    side(900_000, 0, 90_000),
    [],
    'over',
    'pass',
    /within/,
  ],
  ['slower than a slow incumbent', side(9000, 0, 2700), side(9000, 0, 900), [], 'running', 'fail', /^latency/],
  [
    'worse beyond the margin',
    good,
    good,
    worse(0.03, 0.06),
    'running',
    'fail',
    /^quality\.brier: expected to be worse by at most 0\.02, got at least 0\.03/,
  ],
  ['worse perhaps', good, good, worse(-0.01, 0.05), 'over', 'pass', /brier not shown to be worse/],
  ['no outcomes yet', good, good, unknown, 'over', 'pass', /without outcomes for brier/],
]

describe('the verdict on a share', () => {
  it.each(TABLE)('%s', (_, candidate, incumbent, quality, hold, verdict, reason) => {
    const step = judgeStep(SPEC, { candidate, incumbent, quality, hold })
    expect(step).toMatchObject({ verdict, reason: expect.stringMatching(reason) })
  })

  it('has the alpha of one canary shared by all that is step', () => {
    // Two steps, each with three sequences for errors and latency and one metric.
    expect(alphaOf(SPEC)).toBeCloseTo(0.05 / 8, 12)
  })

  it('takes back fewer than alpha of candidates that are as good as allowed, looked at all the time', () => {
    const random = seeded(chosenSeed())
    const canaries = 200
    let taken = 0
    for (let canary = 0; canary < canaries; canary += 1) {
      let counts = side(0)
      for (let look = 0; look < 100; look += 1) {
        const [failed, slow] = [bernoullis(random, 25, 0.01), bernoullis(random, 25, 0.01)]
        counts = side(counts.requests + 25, counts.failed + failed, counts.surelySlow + slow)
        const observed: Observed = { candidate: counts, incumbent: side(counts.requests), quality: [], hold: 'running' }
        if (judgeStep(SPEC, observed).verdict !== 'fail') continue
        taken += 1
        break
      }
    }
    process.stderr.write(`taken back at the bounds: ${taken} of ${canaries}\n`)
    expect(taken / canaries).toBeLessThan(0.05)
  })
})

function bernoullis(random: () => number, count: number, rate: number): number {
  let events = 0
  for (let trial = 0; trial < count; trial += 1) events += random() < rate ? 1 : 0
  return events
}

describe('counted traffic', () => {
  const at = { generation: 4, model: 'm', version: 2 }
  const counter = (more: Partial<TrafficCounter>): TrafficCounter => ({
    type: 'counter',
    second: 1,
    ...at,
    answered: 0,
    failed: 0,
    refused: 0,
    latency: [],
    ...more,
  })

  it('is that of the version under the generation, without what the caller got wrong', () => {
    const records = [
      counter({ answered: 5, failed: 1, refused: 9 }),
      counter({ answered: 3 }),
      counter({ answered: 100, generation: 3 }),
      counter({ answered: 100, version: 1 }),
      counter({ answered: 100, model: 'n' }),
    ]
    expect(countSide(records, at, 80)).toMatchObject({ requests: 9, failed: 1 })
  })

  it('takes a latency whose bucket straddles the bound as slow where that is cautious, and as fast where that is', () => {
    const latency: TrafficCounter['latency'] = [
      [latencyBucket(10), 90],
      [latencyBucket(80), 6],
      [latencyBucket(200), 4],
    ]
    expect(countSide([counter({ answered: 100, latency })], at, 80)).toMatchObject({
      timed: 100,
      surelySlow: 4,
      maybeSlow: 10,
    })
  })

  it('has no upper edge for the longest', () => {
    const latency: TrafficCounter['latency'] = [[latencyBucket(1e9), 2]]
    expect(countSide([counter({ answered: 2, latency })], at, 60_000)).toMatchObject({ surelySlow: 2, maybeSlow: 2 })
  })
})

describe('quality', () => {
  const random = seeded(7)
  /** `told`: the probability of what happens. */
  const sideOf = (rows: number, told: number): JudgedSide => ({
    task: 'binary',
    classes: null,
    rows: Array.from({ length: rows }, () => {
      const label = random() < 0.5
      const probability = label ? told : 1 - told
      return { label, prediction: [1 - probability, probability], weight: 1 }
    }),
  })
  it('is judged by sequences where the metric is a mean', () => {
    expect(judged(sideOf(400, 0.6), sideOf(400, 0.9), 'brier')).toMatchObject({ by: 'sequence' })
    expect(judged(sideOf(400, 0.6), sideOf(400, 0.9), 'brier')?.worseBy?.low).toBeGreaterThan(0.02)
    expect(judged(sideOf(400, 0.9), sideOf(400, 0.9), 'brier')?.worseBy?.low).toBeLessThan(0)
    expect(judged(sideOf(4000, 0.5), sideOf(4000, 0.99), 'log_loss')?.worseBy?.low).toBeGreaterThan(0)
  })

  it('is judged by bootstrap where it is none, from 64 rows of either side on', () => {
    expect(judged(sideOf(63, 0.9), sideOf(500, 0.9), 'auc')).toMatchObject({ by: 'bootstrap', worseBy: null })
    const coin: JudgedSide = {
      ...sideOf(0, 0.5),
      rows: sideOf(600, 0.9).rows.map(({ prediction, weight }, index) => ({
        prediction,
        weight,
        label: index % 2 === 0,
      })),
    }
    expect(judged(coin, sideOf(600, 0.9), 'auc')?.worseBy?.low).toBeGreaterThan(0.1)
  })

  it('knows nothing where one side has no outcomes', () => {
    expect(judged(sideOf(0, 0.9), sideOf(500, 0.9), 'brier')).toMatchObject({ worseBy: null })
  })

  it('of a regression has its errors held at a bound', () => {
    const [candidate = BY_NOTHING, incumbent = BY_NOTHING] = [2, 0].map((error): JudgedSide => ({
      task: 'regression',
      classes: null,
      rows: Array.from({ length: 2000 }, () => ({ label: 10, prediction: [10 + error + random()], weight: 1 })),
    }))
    const found = judged(candidate, incumbent, 'mae')
    expect(found).toMatchObject({ by: 'sequence' })
    expect(found?.worseBy?.low).toBeGreaterThan(1.5)
    expect(found?.worseBy?.high).toBeLessThan(2.5)
  })
})

const BY_NOTHING: JudgedSide = { task: 'regression', classes: null, rows: [] }

function judged(candidate: JudgedSide, incumbent: JudgedSide, metric: string) {
  return judgeQuality(
    { candidate, incumbent },
    { limits: [{ metric, limit: { notWorseBy: 0.02 } }], alpha: 0.01, mostError: 4 },
  )[0]
}
