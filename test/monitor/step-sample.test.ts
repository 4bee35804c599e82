import { expect, it, test } from 'vitest'
import { binSample } from '../../activities/monitor/bin-sample.ts'
import { sampler, type StepSample } from '../../activities/monitor/step-sample.ts'
import type { LoggedPrediction } from '../../store/traffic.ts'

function aPrediction(id: string, weight: number, more: Partial<LoggedPrediction> = {}): LoggedPrediction {
  const of = { generation: 1, model: 'trips', version: 1, event: null, at: 0 }
  return {
    type: 'prediction',
    id,
    ...of,
    weight,
    request: {},
    features: { heavy: weight > 1 },
    prediction: [0],
    ...more,
  }
}

function sampleOf(predictions: readonly LoggedPrediction[]): StepSample {
  const drawn = sampler()
  for (const prediction of predictions) drawn.add(prediction)
  return drawn.take({ label: ['x'], features: { f: ['x', 'y'] } })
}

it('takes all of a few rows, and of many the same 5000 in whatever order they come', () => {
  const many = Array.from({ length: 23_000 }, (_, at) => aPrediction(`id-${at}`, 1))
  expect(sampleOf(many.slice(0, 300)).ids).toHaveLength(300)
  const sample = sampleOf(many)
  expect(sample.ids).toHaveLength(5000)
  expect(sampleOf(many.toReversed())).toEqual(sample)
  // Uniform: of the first half come 2500, give or take five standard deviations of 31.
  const early = sample.ids.filter((id) => Number(id.slice(3)) < 11_500).length
  expect(Math.abs(early - 2500)).toBeLessThan(155)
})

it.each([1000, 40_000])('takes rows as often as they stand for requests: of %d with weights 1 and 8', (rows) => {
  // One row in nine stands for 8 requests: as many requests as the others together.
  const mixed = Array.from({ length: rows }, (_, at) => aPrediction(`id-${at}`, at % 9 === 0 ? 8 : 1))
  const sample = sampleOf(mixed)
  const heavy = sample.features['heavy']?.filter(Boolean).length ?? 0
  const share = heavy / sample.ids.length
  expect(Math.abs(share - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 / sample.ids.length))
})

it('counts rows in which a column that a feature reads is null, and keeps what the label reads', () => {
  const rows = [{ x: 1, y: null }, { x: null, y: null }, { x: 3, y: 2 }, { x: 4 }]
  const sample = sampleOf(rows.map((request, at) => aPrediction(String(at), 1, { request })))
  expect(sample.missing).toEqual({ f: 2 })
  expect(sample.request['x']?.toSorted()).toEqual([1, 3, 4, null])
})

test.each([
  [{ type: 'number', edges: [1, 2], bins: [0, 1, 2] }, [0.5, 1, 1.5, 2, 2.5, null, '***'], [2, 2, 1]],
  [{ type: 'string', values: ['a', 'b'] }, ['b', 'c', 'd', null], [0, 1, 2]],
  [{ type: 'boolean' }, [true, false, true, null], [1, 2]],
] as const)('values are counted by the cells %j', (cells, values, counts) => {
  const sample = { ...sampleOf([aPrediction('one', 1)]), features: { f: values } }
  expect(binSample(sample, 'f', cells)).toEqual(counts)
  expect(binSample(sample, 'unknown', cells)).toBeUndefined()
})
