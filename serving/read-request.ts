import { invalid, ServingError } from './errors.ts'
import { isDatatype, readBinary, type Datatype, type OipValue } from './oip-values.ts'

/** An inference request as the protocol has it, before anything is known of the model. */
export interface InferRequest {
  readonly id: string | null
  readonly rows: number
  readonly inputs: ReadonlyMap<string, InputTensor>
  /** Names of outputs with whether they are wanted as bytes; null: all that the model has by itself. */
  readonly outputs: ReadonlyMap<string, boolean> | null
  /** How outputs are sent that say nothing of it. */
  readonly binaryOutputs: boolean
  /** Whether each feature is an output too. */
  readonly features: boolean
  readonly sticky: string | null
}

/** One column: an element a row. */
export interface InputTensor {
  readonly datatype: Datatype
  readonly data: readonly OipValue[]
}

export interface RequestBody {
  readonly body: Buffer
  /** `Inference-Header-Content-Length`: how much of the body is JSON; what follows are tensors. */
  readonly jsonLength: string | undefined
}

const MOST_ROWS = 1000
const MOST_INPUTS = 4096
const MOST_ID = 256

type Fields = Readonly<Record<string, unknown>>

/** Throws `request-invalid`, `too-large`. */
export function readRequest({ body, jsonLength }: RequestBody): InferRequest {
  const end = jsonLength === undefined ? body.length : lengthOf(jsonLength, body.length)
  const request = fields(parse(body.subarray(0, end)), 'request')
  const parameters = parametersOf(request, 'request')
  const { inputs, rows } = readInputs(request['inputs'], body.subarray(end))
  return {
    id: shortText(request['id'], 'id'),
    rows,
    inputs,
    outputs: readOutputs(request['outputs']),
    binaryOutputs: flag(parameters['binary_data_output'], 'parameters.binary_data_output'),
    features: flag(parameters['features'], 'parameters.features'),
    sticky: shortText(parameters['sticky'], 'parameters.sticky'),
  }
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    throw invalid(`request: expected JSON, got ${bytes.length} bytes that are none`)
  }
}

function lengthOf(text: string, bytes: number): number {
  const length = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (length <= bytes) return length
  throw invalid(
    `header Inference-Header-Content-Length: expected 0 to ${bytes}, got ${JSON.stringify(text.slice(0, 16))}`,
  )
}

function readInputs(
  inputs: unknown,
  binary: Buffer,
): { readonly inputs: ReadonlyMap<string, InputTensor>; readonly rows: number } {
  if (!Array.isArray(inputs) || inputs.length === 0)
    throw invalid(`inputs: expected a list of tensors, got ${kindOf(inputs)}`)
  if (inputs.length > MOST_INPUTS) throw invalid(`inputs: expected at most ${MOST_INPUTS}, got ${inputs.length}`)
  const found = new Map<string, InputTensor>()
  let rows = -1
  let at = 0
  for (const [index, given] of (inputs as readonly unknown[]).entries()) {
    const input = isFields(given) ? given : fields(given, `inputs[${index}]`)
    const name = nameOf(input, 'inputs', index)
    if (found.has(name)) throw invalid(`input "${name}": expected it once, got it twice`)
    const count = countOf(input, name)
    if (rows !== -1 && count !== rows)
      throw invalid(`input "${name}": expected ${rows} rows as the inputs before, got ${count}`)
    rows = count
    const datatype = input['datatype']
    if (!isDatatype(datatype))
      throw invalid(
        `input "${name}": expected a datatype such as FP64, INT64, BOOL or BYTES, got ${shownName(datatype)}`,
      )
    const size =
      input['parameters'] === undefined ? undefined : parametersOf(input, `input "${name}"`)['binary_data_size']
    if (size === undefined) {
      found.set(name, { datatype, data: jsonData(input['data'], name, count) })
      continue
    }
    const end = at + binarySize(size, { name, left: binary.length - at })
    if (input['data'] !== undefined) throw invalid(`input "${name}": expected data or binary_data_size, got both`)
    found.set(name, { datatype, data: readBinary(binary.subarray(at, end), { name, datatype, count }) })
    at = end
  }
  if (at !== binary.length) throw invalid(`request: expected ${at} bytes of tensors, got ${binary.length}`)
  return { inputs: found, rows }
}

function nameOf(input: Fields, list: 'inputs' | 'outputs', index: number): string {
  const name = input['name']
  if (typeof name === 'string' && name !== '' && name.length <= 128) return name
  throw invalid(`${list}[${index}].name: expected a name of at most 128 characters, got ${kindOf(name)}`)
}

/** [N], or [N,1] as some clients write a column. */
function countOf(input: Fields, name: string): number {
  const shape = input['shape']
  const list: readonly unknown[] = Array.isArray(shape) ? shape : []
  const [rows] = list
  const isColumn = list.length === 1 || (list.length === 2 && list[1] === 1)
  if (!isColumn || typeof rows !== 'number' || !Number.isInteger(rows) || rows < 1) {
    throw invalid(`input "${name}": expected shape [N] with N from 1, got ${shownShape(shape)}`)
  }
  if (rows > MOST_ROWS)
    throw new ServingError(
      'too-large',
      `input "${name}": expected at most ${MOST_ROWS} rows, got ${rows}; send several requests`,
    )
  return rows
}

function jsonData(data: unknown, name: string, count: number): readonly OipValue[] {
  if (!Array.isArray(data)) throw invalid(`input "${name}": expected data as a list, got ${kindOf(data)}`)
  const flat: readonly unknown[] = data.some(Array.isArray) ? data.flat(1) : data
  if (flat.length !== count) throw invalid(`input "${name}": expected ${count} values by its shape, got ${flat.length}`)
  const row = flat.findIndex((value) => typeof value === 'object' && value !== null)
  if (row !== -1) throw invalid(`input "${name}" row ${row}: expected a value, got ${kindOf(flat[row])}`)
  // JSON without objects and lists is this.
  return flat as readonly OipValue[]
}

function binarySize(size: unknown, { name, left }: { readonly name: string; readonly left: number }): number {
  if (typeof size === 'number' && Number.isInteger(size) && size >= 0 && size <= left) return size
  throw invalid(
    `input "${name}": expected a binary_data_size of 0 to ${left}, got ${kindOf(size)}; it follows the JSON, whose length Inference-Header-Content-Length tells`,
  )
}

function readOutputs(outputs: unknown): ReadonlyMap<string, boolean> | null {
  if (outputs === undefined || (Array.isArray(outputs) && outputs.length === 0)) return null
  if (!Array.isArray(outputs)) throw invalid(`outputs: expected a list, got ${kindOf(outputs)}`)
  const found = new Map<string, boolean>()
  for (const [index, given] of (outputs as readonly unknown[]).entries()) {
    const output = fields(given, `outputs[${index}]`)
    const name = nameOf(output, 'outputs', index)
    if (found.has(name)) throw invalid(`output "${name}": expected it once, got it twice`)
    const parameters = parametersOf(output, `output "${name}"`)
    if (parameters['classification'] !== undefined)
      throw invalid(`output "${name}": expected no classification, got one; read the probabilities`)
    found.set(name, flag(parameters['binary_data'], `output "${name}" binary_data`))
  }
  return found
}

const NONE: Fields = {}

function parametersOf(holder: Fields, place: string): Fields {
  const parameters = holder['parameters']
  return parameters === undefined ? NONE : fields(parameters, `${place} parameters`)
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fields(value: unknown, place: string): Fields {
  if (isFields(value)) return value
  throw invalid(`${place}: expected an object, got ${kindOf(value)}`)
}

function flag(value: unknown, place: string): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? false
  throw invalid(`${place}: expected true or false, got ${kindOf(value)}`)
}

function shortText(value: unknown, place: string): string | null {
  if (value === undefined || value === null || value === '') return null
  if (typeof value === 'string' && value.length <= MOST_ID) return value
  throw invalid(`${place}: expected text of at most ${MOST_ID} characters, got ${kindOf(value)}`)
}

/** What a value is, and nothing of what it says. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'none'
  if (value === null) return 'null'
  if (Array.isArray(value)) return `a list of ${value.length}`
  return typeof value === 'string' ? `a string of ${value.length} characters` : `a ${typeof value}`
}

function shownName(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 16)) : kindOf(value)
}

function shownShape(shape: unknown): string {
  return Array.isArray(shape) ? JSON.stringify(shape).slice(0, 32) : kindOf(shape)
}
