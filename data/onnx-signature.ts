import type { InferenceSession } from 'onnxruntime-node'
import type { LearningTask } from '../dsl/metrics.ts'
import type { FeatureColumn } from './feature-table.ts'
import { ModelError, type ModelErrorCode } from './model-error.ts'

export interface ModelSignature {
  readonly features: readonly FeatureColumn[]
  readonly task: LearningTask
  /** In the order of the outputs, as `training.json` has them; null for a regression, and for `false`, `true`. */
  readonly classes: readonly string[] | null
}

export const OUTPUT: Readonly<Record<LearningTask, 'probabilities' | 'prediction'>> = {
  binary: 'probabilities',
  multiclass: 'probabilities',
  regression: 'prediction',
}

const TENSOR_OF: Readonly<Record<FeatureColumn['type'], string>> = {
  number: 'float32',
  boolean: 'bool',
  string: 'string',
}
const ONNX_NAME = new Map([
  ['float32', 'FLOAT'],
  ['float64', 'DOUBLE'],
])
const MOST_FAULTS = 20

interface Fault {
  readonly code: ModelErrorCode
  readonly text: string
}

/** How many numbers a prediction has. Throws `model-classes` where a classifier has fewer than two. */
export function widthOf({ task, classes }: ModelSignature): number {
  if (task === 'regression') return 1
  const width = classes === null && task === 'binary' ? 2 : (classes?.length ?? 0)
  if (task === 'binary' ? width === 2 : width >= 2) return width
  const expected = task === 'binary' ? 'two' : 'at least two'
  throw new ModelError('model-classes', `model classes: expected ${expected}, got ${width}`)
}

/**
 * Throws `model-input` or `model-output`, naming everything that is not as the engine feeds and reads it: one input per
 * feature of its type and shape [N, 1], and the task's one output.
 */
export function checkSignature(session: InferenceSession, signature: ModelSignature): void {
  const faults = [
    ...inputFaults(session.inputMetadata, signature.features),
    ...outputFaults(session.outputMetadata, signature),
  ]
  const [first] = faults
  if (first === undefined) return
  const lines = faults.slice(0, MOST_FAULTS).map(({ text }) => text)
  if (faults.length > MOST_FAULTS) lines.push(`and ${faults.length - MOST_FAULTS} more`)
  throw new ModelError(first.code, lines.join('\n'))
}

type Metadata = InferenceSession.ValueMetadata

function inputFaults(inputs: readonly Metadata[], features: readonly FeatureColumn[]): readonly Fault[] {
  const wanted = new Map(features.map(({ name, type }) => [name, { type: TENSOR_OF[type], width: 1 }]))
  const found = new Map(inputs.map((input) => [input.name, input]))
  return [
    ...[...wanted].flatMap(([name, want]) => tensorFault('input', { name, want, found: found.get(name) })),
    ...inputs
      .filter(({ name }) => !wanted.has(name))
      .map(({ name }) => fault('input', { name, expected: 'a feature of the model', got: 'none of that name' })),
  ]
}

function outputFaults(outputs: readonly Metadata[], signature: ModelSignature): readonly Fault[] {
  const name = OUTPUT[signature.task]
  const found = outputs.find((output) => output.name === name)
  return [
    ...tensorFault('output', { name, want: { type: 'float32', width: widthOf(signature) }, found }),
    ...outputs
      .filter((output) => output.name !== name)
      .map((output) => fault('output', { name: output.name, expected: `only "${name}"`, got: 'another output' })),
  ]
}

interface Tensor {
  readonly name: string
  readonly want: { readonly type: string; readonly width: number }
  readonly found: Metadata | undefined
}

/** An output's width may be symbolic: then the first prediction tells it. The number of rows has to be. */
function tensorFault(kind: 'input' | 'output', { name, want, found }: Tensor): readonly Fault[] {
  if (found?.isTensor === true && found.type === want.type) {
    const [rows, width] = found.shape
    const fits = width === want.width || (kind === 'output' && typeof width === 'string')
    if (found.shape.length === 2 && typeof rows === 'string' && fits) return []
  }
  const expected = `${onnxName(want.type)} [N,${want.width}]`
  return [fault(kind, { name, expected, got: describe(found) })]
}

function fault(kind: 'input' | 'output', { name, expected, got }: Record<'name' | 'expected' | 'got', string>): Fault {
  const subject = `model ${kind} ${JSON.stringify(name.slice(0, 64))}`
  return { code: `model-${kind}`, text: `${subject}: expected ${expected}, got ${got}` }
}

function describe(found: Metadata | undefined): string {
  if (found === undefined) return 'none'
  if (!found.isTensor) return 'a sequence or map; export without ZipMap'
  return `${onnxName(found.type)} [${found.shape.map((size) => (typeof size === 'string' ? 'N' : size)).join(',')}]`
}

function onnxName(type: string): string {
  return ONNX_NAME.get(type) ?? type.toUpperCase()
}
