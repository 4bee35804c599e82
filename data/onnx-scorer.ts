import { readFile } from 'node:fs/promises'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { FeatureColumn } from './feature-table.ts'
import { ModelError } from './model-error.ts'
import { externalData } from './onnx-external-data.ts'
import { checkSignature, OUTPUT, widthOf, type ModelSignature } from './onnx-signature.ts'

/** A column of features: number, boolean (0 or 1) and string, one value a row. */
export type FeatureValues = Float32Array | Uint8Array | readonly string[]

export interface OnnxModel {
  /** Numbers a prediction: the classes, or 1. */
  readonly width: number
  /** Scores the first `rows` rows of columns by the features' names; others are not looked at. Throws `model-failed`. */
  readonly score: (columns: ReadonlyMap<string, FeatureValues>, rows: number) => Promise<Scores>
  /** Gives its memory back. */
  readonly close: () => Promise<void>
}

/** A prediction that is no number is the model's fault, and is never among the values. */
export type Scores =
  | { readonly state: 'scored'; /** float32 [rows, width] */ readonly values: Float32Array }
  /** The first such row of the batch, from 0. */
  | { readonly state: 'not-finite'; readonly row: number; readonly got: number }

/**
 * Loads a model onto one thread of onnxruntime (or `threads`). Throws `ModelError` where it is not self-contained or not
 * of the signature, so that nothing is scored by a model that reads its inputs otherwise.
 */
export async function openModel(
  path: string,
  signature: ModelSignature & { readonly threads?: number },
): Promise<OnnxModel> {
  const width = widthOf(signature)
  const session = await load(await selfContained(path), signature.threads ?? 1)
  try {
    checkSignature(session, signature)
  } catch (error) {
    await session.release()
    throw error
  }
  const output = OUTPUT[signature.task]
  return {
    width,
    close: () => session.release(),
    score: async (columns, rows) => {
      if (rows === 0) return { state: 'scored', values: new Float32Array() }
      const feeds = feedsOf(signature.features, { columns, rows })
      return checked(await run(session, { feeds, output, shape: [rows, width] }), width)
    },
  }
}

/** Read once: the bytes that are looked at are those that are loaded. */
async function selfContained(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path)
  switch (externalData(bytes)) {
    case 'none':
      return bytes
    case 'external':
      throw new ModelError(
        'model-external-data',
        'model: expected all weights in the file, got external data; embed it',
      )
    case 'malformed':
      throw unreadable(`${bytes.length} bytes that are none`)
  }
}

async function load(bytes: Uint8Array, threads: number): Promise<InferenceSession> {
  const options: InferenceSession.SessionOptions = {
    executionProviders: ['cpu'],
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // Threads that spin while they wait take the cores from those they wait for.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
    // Fatal only: what it says otherwise goes to stderr with paths in it, and comes back as an error as well.
    logSeverityLevel: 4,
  }
  try {
    return await InferenceSession.create(bytes, options)
  } catch {
    throw unreadable('one that onnxruntime does not load')
  }
}

function unreadable(got: string): ModelError {
  return new ModelError('model-unreadable', `model: expected an ONNX model, got ${got}; export it again`)
}

interface Batch {
  readonly columns: ReadonlyMap<string, FeatureValues>
  readonly rows: number
}

/** Without a prototype, or an input called `__proto__` would be lost. */
function feedsOf(features: readonly FeatureColumn[], { columns, rows }: Batch): Record<string, Tensor> {
  const feeds = Object.create(null) as Record<string, Tensor>
  for (const { name, type } of features) feeds[name] = tensorOf(columns.get(name)?.slice(0, rows), { name, type, rows })
  return feeds
}

function tensorOf(values: FeatureValues | undefined, { name, type, rows }: FeatureColumn & { rows: number }): Tensor {
  if (values?.length === rows) {
    if (type === 'number' && values instanceof Float32Array) return new Tensor('float32', values, [rows, 1])
    if (type === 'boolean' && values instanceof Uint8Array) return new Tensor('bool', values, [rows, 1])
    if (type === 'string' && Array.isArray(values)) return new Tensor('string', values as string[], [rows, 1])
  }
  throw new TypeError(`feature "${name}": expected ${rows} values of a ${type}, got ${values?.length ?? 'none'}`)
}

interface Call {
  readonly feeds: Record<string, Tensor>
  readonly output: string
  readonly shape: readonly [number, number]
}

async function run(session: InferenceSession, { feeds, output, shape }: Call): Promise<Float32Array> {
  const found = await session.run(feeds).then(
    (results) => results[output],
    () => {
      throw new ModelError('model-failed', `model: expected ${shape[0]} predictions, got an error of onnxruntime`)
    },
  )
  if (found?.data instanceof Float32Array && found.dims.join() === shape.join()) return found.data
  const got = found === undefined ? 'none' : `${found.type} [${found.dims.join()}]`
  throw new ModelError('model-output', `model output "${output}": expected FLOAT [${shape.join()}], got ${got}`)
}

function checked(values: Float32Array, width: number): Scores {
  const at = values.findIndex((value) => !Number.isFinite(value))
  if (at === -1) return { state: 'scored', values }
  return { state: 'not-finite', row: Math.floor(at / width), got: values[at] ?? Number.NaN }
}
