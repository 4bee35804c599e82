import { gzipSync } from 'node:zlib'
import { connect } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rm } from 'node:fs/promises'
import { aServiceRig, MIXED, SERVICE } from './a-service.ts'
import { aTrip, post, tensor, type PostOptions, type Tensor } from './requests.ts'
import { startGateway, type Gateway } from '../../serving/gateway.ts'

let gateway: Gateway
let folder: string

beforeAll(async () => {
  const rig = await aServiceRig({ keep: true })
  folder = rig.folder
  await rig.publish({ stable: await rig.register('mixed', MIXED) })
  gateway = await startGateway(rig.options())
})

afterAll(async () => {
  await gateway.close()
  await rm(folder, { recursive: true, force: true })
})

const withInput = (name: string, one: Tensor | null): unknown => aTrip({ [name]: one })
const raw = (more: object): unknown => ({
  inputs: [...aTrip({ x: null }).inputs, { ...tensor('x', 'FP64', 0.25), ...more }],
})
const now = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString()

/** What is wrong, the body, the status and what the error says. */
type Malformed = [what: string, body: () => unknown, status: number, says: RegExp, options?: PostOptions]

const MALFORMED: readonly Malformed[] = [
  ['no body', () => '', 400, /request: expected JSON, got 0 bytes/],
  ['no JSON', () => '{"inputs":', 400, /request: expected JSON/],
  ['JSON with a comment', () => '{} // x', 400, /request: expected JSON/],
  ['bytes that are none', () => Buffer.from([0xff, 0xfe, 0]), 400, /request: expected JSON/],
  ['a list', () => [], 400, /request: expected an object, got a list of 0/],
  ['null', () => null, 400, /request: expected an object, got null/],
  ['a number', () => 7, 400, /request: expected an object, got a number/],
  ['no inputs', () => ({}), 400, /inputs: expected a list of tensors, got none/],
  ['empty inputs', () => ({ inputs: [] }), 400, /inputs: expected a list of tensors/],
  ['inputs as an object', () => ({ inputs: {} }), 400, /inputs: expected a list of tensors, got a object/],
  ['an input that is null', () => ({ inputs: [null] }), 400, /inputs\[0\]: expected an object, got null/],
  ['an input that is text', () => ({ inputs: ['x'] }), 400, /inputs\[0\]: expected an object, got a string of 1/],
  [
    'an input without a name',
    () => ({ inputs: [{ datatype: 'FP64', shape: [1], data: [1] }] }),
    400,
    /inputs\[0\]\.name/,
  ],
  ['a name that is a number', () => ({ inputs: [{ name: 1 }] }), 400, /inputs\[0\]\.name/],
  [
    'a name of 129 characters',
    () => ({ inputs: [tensor('n'.repeat(129), 'FP64', 1)] }),
    400,
    /at most 128 characters, got a string of 129/,
  ],
  [
    '5000 inputs',
    () => ({ inputs: Array.from({ length: 5000 }, (_, at) => tensor(`n${at}`, 'FP64', 1)) }),
    400,
    /expected at most 4096, got 5000/,
  ],
  [
    'an unknown input',
    () => withInput('y', tensor('y', 'FP64', 1)),
    400,
    /input "y": expected one of trip_id, .*got an unknown name/,
  ],
  ['__proto__ as an input', () => withInput('z', tensor('__proto__', 'FP64', 1)), 400, /"__proto__": expected one of/],
  [
    'a column that nothing reads',
    () => withInput('unread', tensor('unread', 'BYTES', 'a')),
    400,
    /"unread": .*got a column that no feature reads/,
  ],
  [
    'an outcome',
    () => withInput('minutes', tensor('minutes', 'INT64', 3)),
    400,
    /"minutes": .*got an outcome; send it later/,
  ],
  [
    'an input twice',
    () => ({ inputs: [...aTrip().inputs, tensor('x', 'FP64', 1)] }),
    400,
    /input "x": expected it once, got it twice/,
  ],
  ['a missing input', () => withInput('x', null), 400, /input "x": expected FP64, got none/],
  ['a missing key', () => withInput('trip_id', null), 400, /input "trip_id": expected INT64, got none/],
  ['no datatype', () => raw({ datatype: undefined }), 400, /input "x": expected a datatype such as .*, got none/],
  ['an unknown datatype', () => raw({ datatype: 'DOUBLE' }), 400, /got "DOUBLE"/],
  ['toString as a datatype', () => raw({ datatype: 'toString' }), 400, /got "toString"/],
  [
    'the datatype of another kind',
    () => withInput('x', tensor('x', 'BYTES', '1')),
    400,
    /input "x": expected datatype FP64, got BYTES/,
  ],
  ['half floats', () => raw({ datatype: 'FP16' }), 400, /got "FP16"/],
  ['no shape', () => raw({ shape: undefined }), 400, /input "x": expected shape \[N\] with N from 1, got none/],
  ['an empty shape', () => raw({ shape: [] }), 400, /got \[\]/],
  ['a shape of zero', () => raw({ shape: [0], data: [] }), 400, /got \[0\]/],
  ['a negative shape', () => raw({ shape: [-1] }), 400, /got \[-1\]/],
  ['a shape with a fraction', () => raw({ shape: [1.5] }), 400, /got \[1.5\]/],
  ['a shape of text', () => raw({ shape: ['1'] }), 400, /expected shape/],
  ['two columns', () => raw({ shape: [1, 2], data: [1, 2] }), 400, /got \[1,2\]/],
  ['three dimensions', () => raw({ shape: [1, 1, 1] }), 400, /got \[1,1,1\]/],
  ['a huge shape', () => raw({ shape: [1e9] }), 413, /expected at most 1000 rows, got 1000000000/],
  ['rows that differ', () => raw({ shape: [2], data: [1, 2] }), 400, /expected 1 rows as the inputs before, got 2/],
  [
    'more data than the shape says',
    () => raw({ data: [1, 2] }),
    400,
    /input "x": expected 1 values by its shape, got 2/,
  ],
  ['less data', () => raw({ data: [] }), 400, /expected 1 values by its shape, got 0/],
  ['no data', () => raw({ data: undefined }), 400, /expected data as a list, got none/],
  ['data as a number', () => raw({ data: 1 }), 400, /expected data as a list, got a number/],
  ['an object as a value', () => raw({ data: [{}] }), 400, /input "x" row 0: expected a value, got a object/],
  ['lists in lists', () => raw({ data: [[[1]]] }), 400, /input "x" row 0: expected a value, got a list of 1/],
  ['NaN as text', () => raw({ data: ['NaN'] }), 400, /input "x" row 0: expected a finite number, got "NaN"/],
  ['a bare NaN', () => JSON.stringify(aTrip()).replace('0.25', 'NaN'), 400, /request: expected JSON/],
  [
    'a number too large',
    () => JSON.stringify(aTrip()).replace('0.25', '1e999'),
    400,
    /expected a finite number, got Infinity/,
  ],
  ['null where none may be', () => raw({ data: [null] }), 400, /input "x" row 0: expected a finite number, got null/],
  ['text as a number', () => raw({ data: ['1'] }), 400, /expected a finite number, got "1"/],
  [
    'a number as truth',
    () => withInput('late', tensor('late', 'BOOL', 1)),
    400,
    /input "late" row 0: expected true or false, got 1/,
  ],
  [
    'a number as text',
    () => withInput('city', tensor('city', 'BYTES', 7)),
    400,
    /input "city" row 0: expected text, got 7/,
  ],
  ['a bound that does not hold', () => raw({ data: [-1000] }), 400, /input "x" row 0: expected > -1000, got -1000/],
  [
    'a pattern that does not',
    () => withInput('city', tensor('city', 'BYTES', 'Boston')),
    400,
    /input "city" row 0: expected text that matches .*, got "Boston"/,
  ],
  [
    'a category that is none',
    () => withInput('carrier', tensor('carrier', 'BYTES', 'UA')),
    400,
    /expected one of "AA","DL", got "UA"/,
  ],
  [
    'a fraction as a whole number',
    () => withInput('stops', tensor('stops', 'FP64', 1.5)),
    400,
    /input "stops" row 0: expected integer, got 1.5/,
  ],
  [
    'an int64 beyond 2^53 as a number',
    () => withInput('trip_id', tensor('trip_id', 'INT64', 2 ** 53)),
    400,
    /from 2\^53 on as text or binary, got 9007199254740992/,
  ],
  [
    'an int64 out of its bounds',
    () => withInput('trip_id', tensor('trip_id', 'INT64', -1)),
    400,
    /expected a whole number from 0 to 9223372036854775807/,
  ],
  [
    'an int64 beyond 2^63',
    () => withInput('trip_id', tensor('trip_id', 'BYTES', '9223372036854775808')),
    400,
    /expected a whole number/,
  ],
  [
    'a decimal as a number',
    () => withInput('fare', tensor('fare', 'FP64', 12.5)),
    400,
    /input "fare": expected datatype BYTES, got FP64/,
  ],
  [
    'a decimal with too many digits',
    () => withInput('fare', tensor('fare', 'BYTES', '12.505')),
    400,
    /input "fare" row 0: expected text that matches/,
  ],
  [
    'a person too long',
    () => withInput('rider', tensor('rider', 'BYTES', 'Ms Secret von Geheimnisvoll')),
    400,
    /input "rider" row 0: expected at most 20 characters, got a string of 27 characters/,
  ],
  [
    'a time that is none',
    () => withInput('left_at', tensor('left_at', 'BYTES', 'yesterday')),
    400,
    /input "left_at" row 0: expected an instant: ISO 8601/,
  ],
  [
    'a day that is in no calendar',
    () => withInput('left_at', tensor('left_at', 'BYTES', '2026-02-30T00:00:00Z')),
    400,
    /expected an instant/,
  ],
  [
    'a time with another zone',
    () => withInput('left_at', tensor('left_at', 'BYTES', '2026-02-03T00:00:00+01:00')),
    400,
    /expected an instant/,
  ],
  [
    'a time of an hour ago',
    () => withInput('left_at', tensor('left_at', 'BYTES', now(-3600))),
    400,
    /within 300 s of the service's clock at .*; leave it out/,
  ],
  ['a time of an hour later', () => withInput('left_at', tensor('left_at', 'BYTES', now(3600))), 400, /within 300 s/],
  [
    'an id that is a number',
    () => ({ ...aTrip(), id: 7 }),
    400,
    /id: expected text of at most 256 characters, got a number/,
  ],
  ['an id of 300 characters', () => ({ ...aTrip(), id: 'i'.repeat(300) }), 400, /id: expected text/],
  [
    'parameters as a list',
    () => ({ ...aTrip(), parameters: [] }),
    400,
    /request parameters: expected an object, got a list/,
  ],
  [
    'a flag that is text',
    () => ({ ...aTrip(), parameters: { binary_data_output: 'yes' } }),
    400,
    /binary_data_output: expected true or false/,
  ],
  [
    'a sticky key that is an object',
    () => ({ ...aTrip(), parameters: { sticky: {} } }),
    400,
    /parameters.sticky: expected text/,
  ],
  ['outputs as an object', () => ({ ...aTrip(), outputs: {} }), 400, /outputs: expected a list/],
  [
    'an unknown output',
    () => ({ ...aTrip(), outputs: [{ name: 'logit' }] }),
    400,
    /output "logit": expected probabilities or feature:/,
  ],
  [
    'an output twice',
    () => ({ ...aTrip(), outputs: [{ name: 'probabilities' }, { name: 'probabilities' }] }),
    400,
    /output "probabilities": expected it once/,
  ],
  [
    'classification',
    () => ({ ...aTrip(), outputs: [{ name: 'probabilities', parameters: { classification: 3 } }] }),
    400,
    /expected no classification/,
  ],
  [
    'binary data that is not there',
    () => raw({ data: undefined, parameters: { binary_data_size: 8 } }),
    400,
    /expected a binary_data_size of 0 to 0/,
  ],
  [
    'both kinds of data',
    () => raw({ parameters: { binary_data_size: 0 } }),
    400,
    /expected data or binary_data_size, got both/,
  ],
  [
    'a binary size that is text',
    () => raw({ data: undefined, parameters: { binary_data_size: '8' } }),
    400,
    /expected a binary_data_size/,
  ],
  [
    'a JSON length beyond the body',
    () => aTrip(),
    400,
    /Inference-Header-Content-Length: expected 0 to/,
    { headers: { 'inference-header-content-length': '99999' } },
  ],
  [
    'a JSON length that is none',
    () => aTrip(),
    400,
    /Inference-Header-Content-Length/,
    { headers: { 'inference-header-content-length': '-1' } },
  ],
  [
    'bytes that no tensor takes',
    () => `${JSON.stringify(aTrip())}1234`,
    400,
    /request: expected 0 bytes of tensors, got 4/,
    { headers: { 'inference-header-content-length': String(JSON.stringify(aTrip()).length) } },
  ],
  ['a body of 9 MiB', () => 'x'.repeat(9 * 2 ** 20), 413, /body: expected at most 8388608 bytes/],
  ['gzip that is none', () => aTrip(), 400, /body: expected gzip/, { headers: { 'content-encoding': 'gzip' } }],
  [
    'gzip of 9 MiB',
    () => gzipSync('x'.repeat(9 * 2 ** 20)),
    400,
    /body: expected gzip of at most/,
    { headers: { 'content-encoding': 'gzip' } },
  ],
  [
    'an unknown encoding',
    () => aTrip(),
    415,
    /body: expected gzip, deflate or no content encoding/,
    { headers: { 'content-encoding': 'br' } },
  ],
  ['an unknown version', () => aTrip(), 404, /version "9": expected one that is loaded/, { path: '/versions/9/infer' }],
  [
    'a version that is text',
    () => aTrip(),
    404,
    /version "latest": expected one that is loaded/,
    { path: '/versions/latest/infer' },
  ],
  ['an unknown path', () => aTrip(), 404, /path: expected one of the Open Inference Protocol/, { path: '/predict' }],
  ['a percent sign that is none', () => aTrip(), 400, /request: expected a path/, { path: '/versions/%E0%A4%A/infer' }],
]

test.each<Malformed>(MALFORMED)(
  '%s is refused, and the next request is answered',
  async (_, body, status, says, options) => {
    const refused = await post(gateway.address, body(), options)
    expect(refused).toEqual({ status, answer: { error: expect.stringMatching(says) } })
    expect(refused.answer.error).not.toMatch(/\.ts|node_modules|Secret|\n/)
    expect(refused.answer.error).not.toContain(folder)
    expect((await post(gateway.address, aTrip())).status).toBe(200)
  },
)

test('an unknown service is 404, and a service that is none too', async () => {
  const answers = await Promise.all(
    ['/v2/models/other/infer', '/v2/models/..%2Fkeys/infer', `/v2/models/${'s'.repeat(300)}/infer`].map((path) =>
      fetch(`${gateway.address}${path}`, { method: 'POST', body: '{}' }),
    ),
  )
  expect(answers.map(({ status }) => status)).toEqual([
    404,
    404,
    expect.toSatisfy((status) => status === 404 || status === 414),
  ])
  for (const answer of answers) expect(await answer.json()).toEqual({ error: expect.any(String) })
})

test('what is no HTTP is answered with an error object', async () => {
  const { hostname, port } = new URL(gateway.address)
  const socket = connect(Number(port), hostname)
  socket.write('HELLO\r\n\r\n')
  const [chunk] = (await once(socket, 'data')) as [Buffer]
  expect(String(chunk)).toMatch(/^HTTP\/1\.1 400 .*\{"error":"request: expected HTTP/s)
})

async function get(path: string): Promise<unknown> {
  return (await fetch(`${gateway.address}${path}`)).json()
}

test('health and metadata are as the protocol has them', async () => {
  expect(await get('/v2')).toEqual({
    name: 'anneal',
    version: expect.any(String),
    extensions: ['binary_tensor_data', 'outcomes'],
  })
  expect(await get('/v2/health/live')).toEqual({ live: true })
  expect(await get('/v2/health/ready')).toEqual({ ready: true })
  expect(await get(`/v2/models/${SERVICE}/ready`)).toEqual({ name: SERVICE, ready: true })
  expect(await get(`/v2/models/${SERVICE}/versions/1/ready`)).toEqual({ name: SERVICE, ready: true })
  const metadata = await get(`/v2/models/${SERVICE}`)
  expect(await get(`/v2/models/${SERVICE}/versions/1`)).toEqual(metadata)
  expect(metadata).toMatchObject({ name: SERVICE, versions: ['1'], platform: 'anneal_onnx' })
  const { inputs } = metadata as { inputs: { name: string; datatype: string; shape: number[]; parameters: object }[] }
  expect(inputs.map(({ name, datatype }) => `${name} ${datatype}`)).toEqual([
    'trip_id INT64',
    'left_at BYTES',
    'x FP64',
    'stops INT64',
    'late BOOL',
    'city BYTES',
    'carrier BYTES',
    'rider BYTES',
    'fare BYTES',
  ])
  expect(
    inputs.filter(({ parameters }) => 'optional' in parameters && parameters.optional).map(({ name }) => name),
  ).toEqual(['left_at', 'stops', 'rider'])
})
