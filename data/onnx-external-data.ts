type Message = 'model' | 'training' | 'graph' | 'node' | 'attribute' | 'function' | 'sparse' | 'tensor'

/** The fields of onnx.proto (onnx 1.23) on the way to a tensor, by their numbers. */
const FIELDS: Readonly<Record<Message, Readonly<Record<number, Message>>>> = {
  model: { 7: 'graph', 20: 'training', 25: 'function' },
  training: { 1: 'graph', 2: 'graph' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  function: { 7: 'node', 11: 'attribute' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  tensor: {},
}

const EXTERNAL_DATA = 13
const DATA_LOCATION = 14
const DEEPEST = 100

/**
 * Whether a tensor of the model lies in another file. Walks the protobuf wire format (protobuf.dev/programming-guides/
 * encoding) along the fields that lead to tensors. `'malformed'`: these bytes are no message.
 */
export function externalData(model: Uint8Array): 'none' | 'external' | 'malformed' {
  try {
    return hasExternal(new Reader(model), { message: 'model', depth: 0 }) ? 'external' : 'none'
  } catch (error) {
    if (error instanceof Malformed) return 'malformed'
    throw error
  }
}

class Malformed extends Error {}

function hasExternal(reader: Reader, { message, depth }: { message: Message; depth: number }): boolean {
  if (depth > DEEPEST) throw new Malformed('deep')
  let external = false
  while (!reader.done) {
    const { field, bytes, number } = reader.next()
    const inner = FIELDS[message][field]
    if (message === 'tensor') external ||= field === EXTERNAL_DATA || (field === DATA_LOCATION && number !== 0)
    else if (inner !== undefined && bytes !== undefined) {
      external = hasExternal(new Reader(bytes), { message: inner, depth: depth + 1 }) || external
    }
  }
  return external
}

interface Field {
  readonly field: number
  /** Of a length-delimited field. */
  readonly bytes?: Uint8Array
  /** Of a varint. */
  readonly number?: number
}

class Reader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  next(): Field {
    const tag = this.#varint()
    const field = Math.floor(tag / 8)
    switch (tag % 8) {
      case 0:
        return { field, number: this.#varint() }
      case 1:
        return { field, bytes: this.#take(8) }
      case 2:
        return { field, bytes: this.#take(this.#varint()) }
      case 5:
        return { field, bytes: this.#take(4) }
      default:
        throw new Malformed('wire type')
    }
  }

  /** Up to ten bytes of seven bits. A negative number is beyond 2^53 and loses bits that nothing here looks at. */
  #varint(): number {
    let value = 0
    for (let place = 0; place < 10; place += 1) {
      const byte = this.#bytes[this.#at]
      if (byte === undefined) throw new Malformed('cut')
      this.#at += 1
      value += (byte % 128) * 128 ** place
      if (byte < 128) return value
    }
    throw new Malformed('varint')
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new Malformed('cut')
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }
}
