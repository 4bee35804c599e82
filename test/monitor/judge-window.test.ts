import { describe, expect, it, test } from 'vitest'
import type { QualityWindow } from '../../activities/monitor/judge-model.ts'
import { judgeWindow, type WindowInput } from '../../activities/monitor/judge-window.ts'
import type { Step } from '../../activities/monitor/window-steps.ts'
import type { StepCounts } from '../../store/monitors.ts'
import { latencyBucket } from '../../store/traffic.ts'
import { A_SPEC, DAY_MILLIS, NO_REQUESTS, psiOfX, referenceOfX, watching } from './windows.ts'

const EVEN = Array.from({ length: 10 }, (_, at) => at)
const HIGH = Array.from({ length: 10 }, () => 9)

function aDay(of: readonly number[], rows = 100): readonly number[] {
  return Array.from({ length: rows }, (_, at) => of[at % of.length] ?? 0)
}

function input(more: Partial<WindowInput>): WindowInput {
  const quality = { isWhole: false, end: null, side: { task: 'binary', classes: null, rows: [] } } as const
  const missing = { isWhole: true, rows: 1000, missing: {} }
  const rest = { end: 30 * DAY_MILLIS, reference: null, drift: [], steps: [], previous: [], isSameModel: true }
  return { spec: A_SPEC, ...rest, quality, missing, ...more }
}

const noFloor = (): number => 0

/** Days of these counts, that end with the window. */
function daysOf(...counts: readonly Partial<StepCounts>[]): readonly Step[] {
  return counts.map((one, at) => {
    const end = (30 - counts.length + at + 1) * DAY_MILLIS
    return { from: end - DAY_MILLIS, end, counts: { ...NO_REQUESTS, ...one } }
  })
}

describe('drift', () => {
  it('waits for the whole window, then is held against the bound and the window before', async () => {
    const reference = await referenceOfX(Array.from({ length: 20 }, () => aDay(EVEN)))
    const watch = watching(psiOfX(0.1), reference)
    const quiet = Array.from({ length: 28 }, () => watch.day(aDay(EVEN))[0])
    expect(quiet.slice(0, 27).map((check) => check?.state)).toEqual(Array.from({ length: 27 }, () => 'wait'))
    expect(quiet[27]).toMatchObject({
      state: 'within',
      value: 0,
      bound: 0.1,
      declared: 0.1,
      baseline: null,
      rows: 2800,
    })
    const shifted = Array.from({ length: 28 }, () => watch.day(aDay(HIGH))[0])
    const first = shifted.findIndex((check) => check?.state === 'breach')
    expect(shifted.slice(first, first + 4).map((check) => [check?.breaches, check?.alert])).toEqual([
      [1, false],
      [2, false],
      [3, true],
      [4, true],
    ])
    expect(shifted[27]?.baseline).toBeGreaterThan(1)
  })

  it('waits where there are too few rows, and keeps count of the breaches before', async () => {
    const reference = await referenceOfX(Array.from({ length: 20 }, () => aDay(EVEN)))
    const watch = watching(psiOfX(0.1, 2), reference)
    for (let day = 0; day < 28; day += 1) watch.day(aDay(HIGH))
    expect(watch.day(aDay(HIGH))[0]).toMatchObject({ breaches: 2, alert: true })
    const few = { drift: [{ counts: reference.features['x']?.units[0]?.map(() => 1) ?? [], before: null }] }
    expect(watch.day([], few)[0]).toMatchObject({ state: 'wait', value: null, breaches: 2, alert: true })
    expect(watch.day(aDay(HIGH))[0]).toMatchObject({ state: 'breach', breaches: 3, alert: true })
  })

  it('waits where the model has no such feature', () => {
    const counts = [{ counts: [500, 500], before: null }]
    const { checks } = judgeWindow(input({ spec: psiOfX(0.1), drift: counts }), noFloor)
    expect(checks).toMatchObject([{ state: 'wait', of: 'x' }])
  })

  it('has a bound no lower than its floor', async () => {
    const reference = await referenceOfX(Array.from({ length: 20 }, () => aDay(EVEN)))
    const { counts } = { counts: reference.features['x']?.units[0]?.map((count) => 30 * count) ?? [] }
    const drift = [{ counts, before: null }]
    const { checks } = judgeWindow(input({ spec: psiOfX(0.1), reference, drift }), () => 0.37)
    expect(checks).toMatchObject([{ bound: 0.37, declared: 0.1, state: 'within' }])
  })
})

describe('missing values', () => {
  it.each([
    [{ isWhole: true, rows: 1000, missing: { x: 100 } }, 'within', 0.1],
    [{ isWhole: true, rows: 1000, missing: { x: 101 } }, 'breach', 0.101],
    [{ isWhole: true, rows: 199, missing: { x: 199 } }, 'wait', null],
    [{ isWhole: false, rows: 1000, missing: { x: 500 } }, 'wait', null],
    [{ isWhole: true, rows: 1000, missing: {} }, 'wait', null],
  ])('of %j are %s', (missing, state, value) => {
    const spec = { ...A_SPEC, missing: [{ feature: 'x', atMost: 0.1 }] }
    expect(judgeWindow(input({ spec, missing }), noFloor).checks).toMatchObject([
      { kind: 'missing', of: 'x', state, value },
    ])
  })
})

/** Of 400 rows this share is said rightly: their squared error is 0.04, of the others 0.64. */
function said(share: number): QualityWindow {
  const rows = Array.from({ length: 400 }, (_, at) => {
    const label = at % 2 === 0
    const p = at / 400 < share === label ? 0.8 : 0.2
    return { label, prediction: [1 - p, p], weight: 1 }
  })
  return { isWhole: true, end: 28 * DAY_MILLIS, side: { task: 'binary', classes: null, rows } }
}

describe('quality', () => {
  const spec = { ...A_SPEC, quality: [{ metric: 'brier', limit: { atMost: 0.16 } }] }

  // By hand: 0.04 s + 0.64 (1 - s); its standard error over 400 rows is about 0.012.
  it.each([
    [0.9, 0.1, 'within'],
    [0.78, 0.172, 'within'],
    [0.7, 0.22, 'breach'],
  ])('of rows said rightly by %d is a Brier score of %d: %s', (share, value, state) => {
    const [check] = judgeWindow(input({ spec, quality: said(share) }), noFloor).checks
    expect(check?.value).toBeCloseTo(value, 6)
    expect(check).toMatchObject({ kind: 'quality', of: 'brier', state, rows: 400, bound: 0.16 })
  })

  it('waits for 200 rows of the whole window', () => {
    const few = said(0.5)
    const side = { ...few.side, rows: few.side.rows.slice(0, 199) }
    for (const quality of [
      { ...few, side },
      { ...few, isWhole: false },
    ]) {
      expect(judgeWindow(input({ spec, quality }), noFloor).checks).toMatchObject([{ state: 'wait', value: null }])
    }
  })

  it('is counted anew for another model', () => {
    const one = judgeWindow(input({ spec, quality: said(0.5) }), noFloor).checks
    const again = { spec, quality: said(0.5), previous: one }
    expect(judgeWindow(input(again), noFloor).checks[0]?.breaches).toBe(2)
    expect(judgeWindow(input({ ...again, isSameModel: false }), noFloor).checks[0]?.breaches).toBe(1)
  })

  it('leaves rows of a class that training did not have aside', () => {
    const rows = Array.from({ length: 300 }, (_, at) => ({
      label: ['a', 'b', 'new'][at % 3] ?? '',
      prediction: [0.5, 0.5],
      weight: 1,
    }))
    const quality = { isWhole: true, end: 0, side: { task: 'multiclass', classes: ['a', 'b'], rows } } as const
    const accuracy = { ...A_SPEC, quality: [{ metric: 'accuracy', limit: { atLeast: 0.1 } }] }
    expect(judgeWindow(input({ spec: accuracy, quality }), noFloor).checks[0]?.rows).toBe(200)
  })
})

test('the 99th percentile lies within its bucket, and waits for a whole window', () => {
  const spec = { ...A_SPEC, p99Millis: { atMost: 50 }, windows: { ...A_SPEC.windows, overMillis: 2 * DAY_MILLIS } }
  const [fast, slow] = [latencyBucket(10), latencyBucket(60)]
  const day = (slowOnes: number) => ({
    latency: [
      [fast, 1000 - slowOnes],
      [slow, slowOnes],
    ] as [number, number][],
  })
  const judged = (...days: readonly Partial<StepCounts>[]) =>
    judgeWindow(input({ spec, steps: daysOf(...days) }), noFloor).checks[0]
  expect(judged(day(0), day(0))).toMatchObject({ state: 'within', of: 'p99', rows: 2000 })
  expect(judged(day(0), day(0))?.value).toBeCloseTo(10, 0)
  expect(judged(day(10), day(30))).toMatchObject({ state: 'breach' })
  expect(judged(day(30))).toMatchObject({ state: 'wait', value: null })
})

describe('the error budget', () => {
  const slo = { availability: { atLeast: 0.999 }, p99Millis: { atMost: 1e6 }, overMillis: 30 * DAY_MILLIS }
  const spec = { ...A_SPEC, slo }
  const calm = { answered: 10_000 }
  const rest = Array.from({ length: 29 }, () => calm)

  // Of 300,000 requests 300 may fail; a day burns 14.4 times as fast with 144 failures of 10,000.
  it.each<[string, readonly Partial<StepCounts>[], string, number]>([
    ['none fails', [...rest, calm], 'within', 0],
    ['half of them fail over time', [...rest.map(() => ({ answered: 9995, failed: 5 })), calm], 'within', 145 / 300],
    ['all of them failed', [{ answered: 9700, failed: 300 }, ...rest], 'breach', 1],
    ['one day burns it fast', [...rest, { answered: 9850, failed: 150 }], 'breach', 0.5],
    ['a first day burns it fast', [{ answered: 80, failed: 20 }], 'breach', 20 / 3],
    ['a few of few requests fail', [{ answered: 81, failed: 19 }], 'wait', 19 / 3],
    ['nobody asks', [{}], 'wait', 0],
  ])('is told at once where %s', (_, days, state, spent) => {
    const { checks, budgetSpent } = judgeWindow(input({ spec, steps: daysOf(...days) }), noFloor)
    const availability = checks.find(({ kind }) => kind === 'availability')
    expect(availability).toMatchObject({ of: 'errors', state, alert: state === 'breach' })
    expect(budgetSpent).toBeCloseTo(spent, 9)
  })
})
