import type { FeatureSpec } from '../dsl/features.ts'
import type { FeatureValues } from '../features/evaluate.ts'
import { invalid } from './errors.ts'
import { writeBinary } from './oip-values.ts'
import type { InferRequest } from './read-request.ts'
import type { ServedModel } from './served-model.ts'

/** What an answer is made of. */
export interface Answered {
  readonly service: string
  readonly model: ServedModel
  readonly request: InferRequest
  readonly id: string
  readonly generation: number
  /** Of the first row, ISO 8601; null without a time column. */
  readonly eventTime: string | null
  readonly values: readonly FeatureValues[]
  /** float32 [rows, width] */
  readonly scores: Float32Array
}

export interface Answer {
  readonly body: string | Buffer
  /** Length of the JSON where tensors follow it. */
  readonly jsonLength: number | null
}

interface Output {
  readonly name: string
  readonly datatype: 'FP32' | 'BOOL' | 'BYTES'
  readonly width: number
  readonly data: readonly (string | number | boolean)[]
  readonly isBinary: boolean
}

const FEATURE = 'feature:'
const DATATYPE_OF = { number: 'FP32', boolean: 'BOOL', string: 'BYTES' } as const

/** Throws `request-invalid` where an output is wanted that is none; before anything is computed. */
export function refuseUnknownOutputs({ outputs }: InferRequest, model: Pick<ServedModel, 'output' | 'features'>): void {
  for (const name of outputs?.keys() ?? []) {
    if (name === model.output.name || model.features.some((feature) => `${FEATURE}${feature.name}` === name)) continue
    throw invalid(
      `output ${JSON.stringify(name.slice(0, 64))}: expected ${model.output.name} or ${FEATURE}<name of a feature>, got another name`,
    )
  }
}

export function answerOf(answered: Answered): Answer {
  const { outputs, features, binaryOutputs } = answered.request
  if (outputs === null && !features && !binaryOutputs)
    return { body: jsonOf(answered, predictionJson(answered)), jsonLength: null }
  return chosenOutputs(answered)
}

/** What most requests want, without a look at what else there might be. */
function predictionJson({ model, request, scores }: Answered): string {
  const { name, width } = model.output
  return `{"name":"${name}","datatype":"FP32","shape":[${request.rows},${width}],"data":[${scores.join(',')}]}`
}

function jsonOf(answered: Answered, tensors: string): string {
  const { service, model, id } = answered
  return `{"model_name":"${service}","model_version":"${model.served.version}","id":"${id}","parameters":${parametersOf(answered)},"outputs":[${tensors}]}`
}

function chosenOutputs(answered: Answered): Answer {
  const outputs = outputsOf(answered)
  const binary = outputs.map((one) => (one.isBinary ? writeBinary(one.data, one.datatype) : null))
  const tensors = outputs
    .map((one, index) => tensorJson(one, { rows: answered.request.rows, bytes: binary[index]?.length }))
    .join(',')
  const json = jsonOf(answered, tensors)
  const bytes = binary.filter((one) => one !== null)
  if (bytes.length === 0) return { body: json, jsonLength: null }
  const head = Buffer.from(json)
  return { body: Buffer.concat([head, ...bytes]), jsonLength: head.length }
}

function parametersOf({ model, generation, eventTime, request }: Answered): string {
  const time = eventTime === null ? '' : `,"event_time":"${eventTime}"`
  const asked = request.id === null ? '' : `,"request_id":${JSON.stringify(request.id)}`
  const { model: name, rootDigest } = model.served
  return `{"model":"${name}","digest":"${rootDigest}","generation":${generation}${time}${asked}}`
}

function outputsOf(answered: Answered): readonly Output[] {
  const { model, request, scores } = answered
  const { outputs, binaryOutputs } = request
  const { name, width } = model.output
  const isWanted = (output: string, byItself: boolean): boolean => outputs?.has(output) ?? byItself
  const isBinary = (output: string): boolean => outputs?.get(output) ?? binaryOutputs
  const prediction: Output = { name, width, datatype: 'FP32', data: [...scores], isBinary: isBinary(name) }
  const features =
    outputs === null && !request.features
      ? []
      : model.features
          .filter((feature) => request.features || isWanted(`${FEATURE}${feature.name}`, false))
          .map((feature) => featureOutput(feature, { answered, isBinary: isBinary(`${FEATURE}${feature.name}`) }))
  return isWanted(name, true) ? [prediction, ...features] : features
}

function featureOutput(
  { name, type }: FeatureSpec,
  { answered, isBinary }: { readonly answered: Answered; readonly isBinary: boolean },
): Output {
  const data = answered.values.map((values) => values[name] ?? 0)
  return { name: `${FEATURE}${name}`, width: 0, datatype: DATATYPE_OF[type], data, isBinary }
}

/** `width` 0: a column, of shape [rows]. */
function tensorJson(
  { name, datatype, width, data }: Output,
  { rows, bytes }: { readonly rows: number; readonly bytes: number | undefined },
): string {
  const shape = width === 0 ? `[${rows}]` : `[${rows},${width}]`
  const content = bytes === undefined ? `"data":${JSON.stringify(data)}` : `"parameters":{"binary_data_size":${bytes}}`
  return `{"name":"${name}","datatype":"${datatype}","shape":${shape},${content}}`
}
