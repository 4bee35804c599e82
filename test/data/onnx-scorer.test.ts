import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openModel, type FeatureValues, type OnnxModel } from '../../data/onnx-scorer.ts'
import type { ModelSignature } from '../../data/onnx-signature.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { onnxModel } from './onnx-models.ts'

const x = { name: 'x', type: 'number' } as const
const binary: ModelSignature = { task: 'binary', classes: null, features: [x] }
const regression: ModelSignature = { task: 'regression', classes: null, features: [x] }
const threeClasses: ModelSignature = { task: 'multiclass', classes: ['a', 'b', 'c'], features: [x] }
const mixed: ModelSignature = {
  ...binary,
  features: [x, { name: 'late', type: 'boolean' }, { name: 'city', type: 'string' }],
}

async function opened(name: string, signature: ModelSignature): Promise<OnnxModel> {
  return openModel(await onnxModel(await temporaryFolder(), name), signature)
}

async function scoresOf(
  model: OnnxModel,
  columns: Readonly<Record<string, FeatureValues>>,
): Promise<readonly number[]> {
  const entries = Object.entries(columns)
  const scores = await model.score(new Map(entries), entries[0]?.[1].length ?? 0)
  if (scores.state === 'not-finite') throw new Error(`row ${scores.row}`)
  return [...scores.values]
}

const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value))

test('numbers, booleans and strings are scored together', async () => {
  const model = await opened('mixed', mixed)
  const found = await scoresOf(model, {
    x: Float32Array.of(0.25, -2),
    late: Uint8Array.of(1, 0),
    city: ['BOS', 'nowhere'],
    other: ['not', 'read'],
  })
  const positives = [sigmoid(0.25 + 1 + 0.5), sigmoid(-2)]
  expect(found).toEqual(positives.flatMap((p) => [expect.closeTo(1 - p, 6), expect.closeTo(p, 6)]))
  await model.close()
})

test('an input may be called __proto__', async () => {
  const model = await opened('proto', { ...binary, features: [{ name: '__proto__', type: 'number' }] })
  const scores = await model.score(new Map([['__proto__', Float32Array.of(1)]]), 1)
  expect(scores.state === 'scored' && scores.values[1]).toBeCloseTo(sigmoid(1), 6)
})

test('more classes and none are scored', async () => {
  const e = Math.exp(0.5)
  const sum = 1 + e + e * e
  const three = await scoresOf(await opened('softmax3', threeClasses), { x: Float32Array.of(0.5) })
  expect(three).toEqual([1 / sum, e / sum, (e * e) / sum].map((value) => expect.closeTo(value, 6)))
  expect(await scoresOf(await opened('regression', regression), { x: Float32Array.of(3, -4) })).toEqual([-3, 4])
})

test('rows beyond the batch are not scored, and none is nothing', async () => {
  const model = await opened('regression', regression)
  const columns = new Map([['x', Float32Array.of(1, 2, 3)]])
  expect(await model.score(columns, 2)).toEqual({ state: 'scored', values: Float32Array.of(-1, -2) })
  expect(await model.score(columns, 0)).toEqual({ state: 'scored', values: Float32Array.of() })
})

test.each([
  [[1, 2, -1], 2, Number.NaN],
  [[0, -1], 0, -Infinity],
])('a prediction that is no number is a fault of its row: logarithm of %o', async (values, row, got) => {
  const model = await opened('logarithm', regression)
  const scores = await model.score(new Map([['x', Float32Array.from(values)]]), values.length)
  expect(scores).toEqual({ state: 'not-finite', row, got })
})

test.each<[string, ModelSignature, string, string]>([
  ['double_input', regression, 'model-input', 'model input "x": expected FLOAT [N,1], got DOUBLE [N,1]'],
  ['wide_input', regression, 'model-input', 'model input "x": expected FLOAT [N,1], got FLOAT [N,4]'],
  ['flat_input', regression, 'model-input', 'model input "x": expected FLOAT [N,1], got FLOAT [N]'],
  ['one_row', regression, 'model-input', 'model input "x": expected FLOAT [N,1], got FLOAT [1,1]'],
  ['regression', mixed, 'model-input', 'model input "late": expected BOOL [N,1], got none'],
  ['mixed', binary, 'model-input', 'model input "city": expected a feature of the model, got none of that name'],
  [
    'binary',
    { ...binary, features: [{ name: 'x', type: 'string' }] },
    'model-input',
    'model input "x": expected STRING [N,1], got FLOAT [N,1]',
  ],
  ['int64_output', regression, 'model-output', 'model output "prediction": expected FLOAT [N,1], got INT64 [N,1]'],
  ['other_output', regression, 'model-output', 'model output "prediction": expected FLOAT [N,1], got none'],
  ['other_output', regression, 'model-output', 'model output "scores": expected only "prediction", got another output'],
  ['softmax3', binary, 'model-output', 'model output "probabilities": expected FLOAT [N,2], got FLOAT [N,3]'],
  ['with_label', binary, 'model-output', 'model output "label": expected only "probabilities", got another output'],
  ['zipmap', binary, 'model-output', 'expected FLOAT [N,2], got a sequence or map; export without ZipMap'],
  ['external_initializer', regression, 'model-external-data', 'expected all weights in the file, got external data'],
  ['external_constant', regression, 'model-external-data', 'expected all weights in the file, got external data'],
  ['softmax3', { ...threeClasses, classes: ['a'] }, 'model-classes', 'model classes: expected at least two, got 1'],
  ['binary', { ...binary, classes: ['a'] }, 'model-classes', 'model classes: expected two, got 1'],
])('model %s is refused for what it is (%#)', async (name, signature, code, message) => {
  const path = await onnxModel(await temporaryFolder(), name)
  await expect(openModel(path, signature)).rejects.toMatchObject({
    name: 'ModelError',
    code,
    message: expect.stringContaining(message),
  })
})

test('a width that shows only when the model runs is held against the classes', async () => {
  const model = await opened('square', binary)
  expect(await scoresOf(model, { x: Float32Array.of(1, 2) })).toEqual([1, 2, 2, 4])
  await expect(scoresOf(model, { x: Float32Array.of(1, 2, 3) })).rejects.toMatchObject({
    code: 'model-output',
    message: 'model output "probabilities": expected FLOAT [3,2], got float32 [3,3]',
  })
})

test.each([
  ['no bytes', Buffer.of()],
  ['text', Buffer.from('not a model')],
  ['a cut varint', Buffer.of(0x3a, 0xff)],
  ['a message without a graph', Buffer.of(0x08, 0x09)],
])('%s are unreadable, and the message holds no path', async (_, bytes) => {
  const path = join(await temporaryFolder(), 'model.onnx')
  await writeFile(path, bytes)
  const error = await openModel(path, binary).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'model-unreadable', message: expect.not.stringContaining('/') })
})

test('a column that is missing, short or of another type is a mistake of the caller', async () => {
  const model = await opened('regression', regression)
  await expect(model.score(new Map(), 1)).rejects.toThrow('feature "x": expected 1 values of a number, got none')
  await expect(model.score(new Map([['x', Float32Array.of(1)]]), 2)).rejects.toThrow('expected 2 values')
  await expect(model.score(new Map([['x', ['1']]]), 1)).rejects.toThrow('of a number')
})
