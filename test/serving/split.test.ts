import { expect, test } from 'vitest'
import { isCandidates } from '../../serving/split.ts'
import { chosenSeed } from '../engine/seeded.ts'
import { aServiceRig, LOGARITHM, NEGATIVE } from './a-service.ts'
import { numbers, post, tensor } from './requests.ts'

const KEYS = 100_000
const keys = Array.from({ length: KEYS }, (_, key) => `key-${key}`)
/** Of 99.9 % of all samples, in standard deviations. */
const WIDTH = 3.29

test.each([1, 500, 2500, 5000, 9999])('%i basis points are that share of 100,000 keys', (share) => {
  const salt = `salt ${chosenSeed()}`
  const p = share / 10_000
  const count = keys.filter((key) => isCandidates(key, { salt, share })).length
  // A seed in a thousand is beyond the bound, so it is asked of two of three.
  const counts = [
    count,
    ...['a', 'b'].map((more) => keys.filter((key) => isCandidates(key, { salt: salt + more, share })).length),
  ]
  const within = counts.filter((one) => Math.abs(one - KEYS * p) <= WIDTH * Math.sqrt(KEYS * p * (1 - p)))
  expect(within.length).toBeGreaterThanOrEqual(2)
})

test('every tenth of the keys gets its share, and a larger share keeps who had a smaller one', () => {
  const split = { salt: 's', share: 2500 }
  for (let tenth = 0; tenth < 10; tenth += 1) {
    const own = keys.slice((tenth * KEYS) / 10, ((tenth + 1) * KEYS) / 10)
    const count = own.filter((key) => isCandidates(key, split)).length
    expect(Math.abs(count - 2500)).toBeLessThan(5 * Math.sqrt(10_000 * 0.25 * 0.75))
  }
  const small = keys.filter((key) => isCandidates(key, { ...split, share: 500 }))
  expect(small.every((key) => isCandidates(key, split))).toBe(true)
  const other = keys.filter((key) => isCandidates(key, { ...split, salt: 't' }))
  const both = other.filter((key) => isCandidates(key, split)).length
  expect(Math.abs(both / other.length - 0.25)).toBeLessThan(0.02)
})

test('nobody and everybody are exact', () => {
  expect(keys.some((key) => isCandidates(key, { salt: 's', share: 0 }))).toBe(false)
  expect(keys.every((key) => isCandidates(key, { salt: 's', share: 10_000 }))).toBe(true)
})

test('a key stays with its version, by another gateway too: told, in a header, of the contract, or the id', async () => {
  const rig = await aServiceRig()
  const [stable, candidate] = [await rig.register('negative', NEGATIVE), await rig.register('logarithm', LOGARITHM)]
  const { state } = await rig.publish({
    stable,
    candidate: { ...candidate, share: 5000 },
    until: '2099-01-01T00:00:00.000Z',
  })
  const split = { salt: state.salt, share: 5000 }
  const gateways = [await rig.start(), await rig.start({ stateFolder: `${rig.folder}/other` })]
  for (const { address } of gateways) {
    for (const key of ['1', '2', '3', '4', '5', '6', '7', '8']) {
      const expected = isCandidates(key, split) ? 'logarithm' : 'negative'
      const own = { inputs: [tensor('trip_id', 'INT64', Number(key)), tensor('x', 'FP64', 1)] }
      const asText = { inputs: [tensor('trip_id', 'BYTES', key), tensor('x', 'FP64', 1)] }
      const answers = await Promise.all([
        post(address, own),
        post(address, asText),
        post(address, { ...numbers(1), parameters: { sticky: key } }),
        post(address, numbers(1), { headers: { 'x-anneal-sticky': key } }),
      ])
      expect(answers.map(({ answer }) => answer.parameters['model'])).toEqual(Array(4).fill(expected))
    }
  }
})
