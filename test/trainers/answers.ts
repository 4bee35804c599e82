import { InferenceSession, Tensor } from 'onnxruntime-node'
import { FEATURES, query } from './flight-examples.ts'

export interface Answers {
  readonly output: string
  readonly inputs: readonly string[]
  /** Row by row. */
  readonly values: readonly number[]
}

/** What onnxruntime answers with a model to the table's rows, in the order of the table. */
export async function answersOf(model: Uint8Array, table: string, where = 'true'): Promise<Answers> {
  const columns = await query(`select * from '${table}' where ${where}`)
  const session = await InferenceSession.create(model)
  const feeds = new Map(FEATURES.map(({ name, type }) => [name, tensorOf(columns[name] ?? [], type)]))
  const results = await session.run(Object.fromEntries(feeds))
  const [output = ''] = session.outputNames
  const values = Array.from(results[output]?.data ?? [], Number)
  return { output, inputs: session.inputNames, values }
}

function tensorOf(values: readonly unknown[], type: (typeof FEATURES)[number]['type']): Tensor {
  const shape = [values.length, 1]
  if (type === 'string') return new Tensor('string', values.map(String), shape)
  if (type === 'boolean') return new Tensor('bool', Uint8Array.from(values, Number), shape)
  return new Tensor('float32', Float32Array.from(values, Number), shape)
}
