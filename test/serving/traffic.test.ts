import { expect, test } from 'vitest'
import { traffic, type TrafficRecord } from '../../store/traffic.ts'
import { isSampled, predictionIds } from '../../serving/prediction-ids.ts'
import { eventually } from '../engine/eventually.ts'
import { aServiceRig, LOGARITHM, MIXED, NEGATIVE, SERVICE, type ServiceRig } from './a-service.ts'
import { aTrip, numbers, post, tensor } from './requests.ts'

async function recordsOf<T extends TrafficRecord['type']>(
  rig: ServiceRig,
  type: T,
): Promise<readonly Extract<TrafficRecord, { readonly type: T }>[]> {
  const records = await traffic(rig.store.objects).read(SERVICE, Date.now() - 60_000, Date.now() + 1000)
  return records.filter((record): record is Extract<TrafficRecord, { readonly type: T }> => record.type === type)
}

test('what is answered, refused and failed is counted by version, and rows are logged without personal data', async () => {
  const rig = await aServiceRig()
  await rig.publish({ stable: await rig.register('mixed', MIXED) })
  const { address } = await rig.start()
  const rider = tensor('rider', 'BYTES', 'Ada Lovelace')
  const { answer } = await post(address, aTrip({ rider }))
  await post(address, { inputs: [] })
  await eventually('the log is in the store', async () => (await recordsOf(rig, 'prediction')).length > 0)
  const [logged] = await recordsOf(rig, 'prediction')
  expect(logged).toMatchObject({
    id: answer.id,
    event: answer.parameters['event_time'],
    generation: 1,
    model: 'mixed',
    version: 1,
    weight: 1,
    request: {
      trip_id: '7',
      x: 0.25,
      stops: null,
      late: true,
      city: 'BOS',
      carrier: 'AA',
      rider: '***',
      fare: '12.50',
    },
    // Made of the rider too.
    features: { city: 'BOS', late: '***', x: Math.fround(0.2625) },
    prediction: answer.outputs[0]?.data,
  })
  const counters = await recordsOf(rig, 'counter')
  const sum = (of: 'answered' | 'failed' | 'refused'): number => counters.reduce((total, one) => total + one[of], 0)
  expect([sum('answered'), sum('refused'), sum('failed')]).toEqual([1, 1, 0])
  expect(counters.flatMap(({ latency }) => latency).reduce((total, [, count]) => total + count, 0)).toBe(1)
  const metrics = await (await fetch(`${address}/metrics`)).text()
  expect(metrics).toContain(`anneal_gateway_requests_total{service="${SERVICE}",version="mixed@1",code="2xx"} 1`)
  expect(metrics).toContain(`anneal_gateway_requests_total{service="${SERVICE}",version="mixed@1",code="4xx"} 1`)
  expect(metrics).toContain(`anneal_gateway_request_seconds_bucket{service="${SERVICE}",version="mixed@1",le="+Inf"} 2`)
  expect(metrics).toContain('anneal_gateway_log_dropped_total 0')
})

test('a prediction that is no number is a failure of its version alone', async () => {
  const rig = await aServiceRig()
  await rig.publish({ stable: await rig.register('logarithm', LOGARITHM) })
  const { address } = await rig.start()
  const answers = await Promise.all([2, -1, 3].map((x) => post(address, numbers(x))))
  expect(answers.map(({ status }) => status)).toEqual([200, 500, 200])
  expect(answers[1]?.answer.error).toBe('model: expected a finite prediction, got none')
  await eventually('it is counted', async () => (await recordsOf(rig, 'counter')).some(({ failed }) => failed === 1))
})

test('a feature without a value is refused by its name', async () => {
  const rig = await aServiceRig()
  await rig.publish({ stable: await rig.register('mixed', MIXED) })
  const { address } = await rig.start()
  expect(await post(address, aTrip({ x: tensor('x', 'FP64', 1e300) }))).toEqual({
    status: 422,
    answer: { error: expect.stringContaining('feature "x" row 0: expected a value, got null') },
  })
})

test('outcomes come by the prediction id, are checked, and kept where the prediction is', async () => {
  const rig = await aServiceRig()
  await rig.publish({ stable: await rig.register('negative', NEGATIVE) })
  const { address } = await rig.start()
  const { answer } = await post(address, numbers(1))
  const unsampled = unsampledId()
  const given = [
    { id: answer.id, outcomes: { minutes: 42, complaint: 'too late' } },
    { id: unsampled, outcomes: { minutes: 7 } },
  ]
  const taken = await post(address, given, { path: '/outcomes' })
  expect(taken).toEqual({ status: 200, answer: { accepted: 2, logged: 1 } })
  await eventually('the outcome is logged', async () => (await recordsOf(rig, 'outcome')).length > 0)
  expect(await recordsOf(rig, 'outcome')).toEqual([
    {
      type: 'outcome',
      id: answer.id,
      at: expect.any(Number),
      outcomes: { minutes: 42, complaint: expect.stringMatching(/^[0-9a-f]{64}$/) },
    },
  ])
})

test.each<[string, unknown, RegExp]>([
  ['no list', {}, /expected a list of/],
  ['an empty list', [], /expected a list of/],
  ['no JSON', '[', /outcomes: expected JSON/],
  ['an id of nobody', [{ id: 'mine', outcomes: { minutes: 1 } }], /\[0\]\.id: expected the id of a prediction/],
  ['another column', [{ id: 'ID', outcomes: { x: 1 } }], /\[0\]\.outcomes "x": expected one of minutes, complaint/],
  [
    'a value out of bounds',
    [{ id: 'ID', outcomes: { minutes: -1 } }],
    /\[0\]\.outcomes\.minutes: expected >= 0, got -1/,
  ],
  [
    'a person',
    [{ id: 'ID', outcomes: { complaint: 7 } }],
    /outcomes\.complaint: expected string or null, got a number/,
  ],
])('outcomes with %s are refused', async (_, given, says) => {
  const rig = await aServiceRig()
  await rig.publish({ stable: await rig.register('negative', NEGATIVE) })
  const { address } = await rig.start()
  const { answer } = await post(address, numbers(1))
  const body = JSON.parse(JSON.stringify(given).replaceAll('ID', answer.id)) as unknown
  expect(await post(address, body, { path: '/outcomes' })).toEqual({
    status: 400,
    answer: { error: expect.stringMatching(says) },
  })
})

test('beyond 50 a second the log is thinned, its weights stand for all, and an id tells', () => {
  const ids = predictionIds()
  const drawn = Array.from({ length: 20_000 }, () => ids.next())
  expect(drawn.slice(0, 50).every(({ sampled }) => sampled)).toBe(true)
  const kept = drawn.filter(({ sampled }) => sampled)
  expect(kept.length).toBeLessThan(2500)
  const weight = kept.reduce((sum, one) => sum + one.weight, 0)
  expect(Math.abs(weight / drawn.length - 1)).toBeLessThan(0.25)
  for (const { id, sampled } of drawn) expect(isSampled(id)).toBe(sampled)
  expect(new Set(drawn.map(({ id }) => id)).size).toBe(drawn.length)
})

function unsampledId(): string {
  const ids = predictionIds()
  for (;;) {
    const { id, sampled } = ids.next()
    if (!sampled) return id
  }
}
