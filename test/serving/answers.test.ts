import { expect, test } from 'vitest'
import { acknowledgements } from '../../store/acknowledgements.ts'
import { eventually } from '../engine/eventually.ts'
import { aServiceRig, LOGARITHM, MIXED, NEGATIVE, SERVICE } from './a-service.ts'
import { aTrip, numbers, post, tensor } from './requests.ts'

test('a service answers by its model, and says which one', async () => {
  const rig = await aServiceRig()
  const stable = await rig.register('negative', NEGATIVE)
  await rig.publish({ stable })
  const { address } = await rig.start()
  const { status, answer } = await post(address, { ...numbers(2.5, -1), id: 'mine' })
  expect(status).toBe(200)
  expect(answer).toEqual({
    model_name: SERVICE,
    model_version: '1',
    id: expect.stringMatching(/^[0-9a-f]{16}-1-0$/),
    parameters: {
      model: 'negative',
      digest: stable.rootDigest,
      generation: 1,
      event_time: expect.any(String),
      request_id: 'mine',
    },
    outputs: [{ name: 'prediction', datatype: 'FP32', shape: [2, 1], data: [-2.5, 1] }],
  })
  expect(Date.parse(String(answer.parameters['event_time']))).toBeCloseTo(Date.now(), -4)
})

test('features are made of the request, and shown on demand', async () => {
  const rig = await aServiceRig()
  await rig.publish({ stable: await rig.register('mixed', MIXED) })
  const { address } = await rig.start()
  const { answer } = await post(address, {
    ...aTrip({ stops: tensor('stops', 'INT32', 2) }),
    parameters: { features: true },
  })
  const positive = 1 / (1 + Math.exp(-(2.2625 + 1 + 0.5)))
  expect(answer.outputs).toEqual([
    {
      name: 'probabilities',
      datatype: 'FP32',
      shape: [1, 2],
      data: [expect.closeTo(1 - positive, 5), expect.closeTo(positive, 5)],
    },
    { name: 'feature:city', datatype: 'BYTES', shape: [1], data: ['BOS'] },
    { name: 'feature:late', datatype: 'BOOL', shape: [1], data: [true] },
    { name: 'feature:x', datatype: 'FP32', shape: [1], data: [Math.fround(2.2625)] },
  ])
})

test('a candidate without a share is loaded and answers where it is asked for', async () => {
  const rig = await aServiceRig()
  const [stable, candidate] = [await rig.register('negative', NEGATIVE), await rig.register('logarithm', LOGARITHM)]
  await rig.publish({ stable })
  const { address, name } = await rig.start()
  await rig.publish({ stable, candidate: { ...candidate, share: 0 }, until: '2099-01-01T00:00:00.000Z' })
  const live = (): Promise<unknown> => acknowledgements(rig.store.objects).live(SERVICE, Date.now())
  await eventually('the gateway acknowledges generation 2', async () =>
    JSON.stringify(await live()).includes('"generation":2'),
  )
  expect(await live()).toMatchObject([{ gateway: name, address, generation: 2, refused: null }])
  const [split, asked] = await Promise.all([
    post(address, numbers(1)),
    post(address, numbers(1), { path: '/versions/logarithm@1/infer' }),
  ])
  expect([split.answer.outputs[0]?.data, asked.answer.outputs[0]?.data]).toEqual([[-1], [0]])
})
