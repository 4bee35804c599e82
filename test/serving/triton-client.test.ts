import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { pythonEnvironments } from '../../activities/children/python-environment.ts'
import { machineCache } from '../../config/machine-cache.ts'
import { aServiceRig, MIXED } from './a-service.ts'

// NVIDIA's client, from the package index that is set up on this machine; made once, then cached.
const REQUIREMENTS = join(import.meta.dirname, '../fixtures/triton-client')
const CLIENT = join(import.meta.dirname, 'triton-client.py')
let python: string

beforeAll(async () => {
  const interpreter = await pythonEnvironments(machineCache(process.env))(REQUIREMENTS)
  if (interpreter === undefined) throw new Error('expected an environment')
  python = interpreter
}, 180_000)

const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value))

test('a real client of the protocol gets its answers by its defaults, as columns, in JSON and compressed', async () => {
  const rig = await aServiceRig()
  await rig.publish({ stable: await rig.register('mixed', MIXED) })
  const { address } = await rig.start()
  const { stdout } = await promisify(execFile)(python, [CLIENT, new URL(address).host])
  const positive = [sigmoid(0.25 + 1 + 0.5), sigmoid(-2 - 0.5)]
  const probabilities = positive.map((p) => [expect.closeTo(1 - p, 5), expect.closeTo(p, 5)])
  expect(JSON.parse(stdout)).toEqual({
    live: true,
    ready: [true, true, true],
    platform: 'anneal_onnx',
    defaults: probabilities,
    columns: probabilities,
    json: probabilities,
    version: probabilities,
    gzip: probabilities,
    deflate: probabilities,
    city: ['BOS', 'JFK'],
    late: [true, false],
    refused: ['400', 'input "trip_id": expected INT64, got none'],
  })
})
