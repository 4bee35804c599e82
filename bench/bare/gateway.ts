import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import fastify from 'fastify'
import { InferenceSession, Tensor } from 'onnxruntime-node'

/**
 * The peer of a gateway: Fastify and micro-batched onnxruntime-node over features that the client has made. Nothing is
 * checked, looked up, counted or logged. Arguments: the model, its features as JSON.
 */
const [path = '', featuresText = '[]'] = process.argv.slice(2)
// Written by `bench/gateway.ts`.
const features = JSON.parse(featuresText) as readonly { readonly name: string; readonly type: 'number' | 'string' }[]
const session = await InferenceSession.create(await readFile(path), { intraOpNumThreads: 1, interOpNumThreads: 1 })

interface Body {
  readonly inputs: readonly { readonly name: string; readonly data: readonly (number | string)[] }[]
}

interface Waiting {
  readonly body: Body
  readonly resolve: (probabilities: readonly number[]) => void
}

let waiting: Waiting[] = []

async function run(): Promise<void> {
  const batch = waiting
  waiting = []
  const shape = [batch.length, 1]
  const feeds: Record<string, Tensor> = {}
  for (const [index, { name, type }] of features.entries()) {
    const values = batch.map(({ body }) => body.inputs[index]?.data[0] ?? 0)
    feeds[name] =
      type === 'number'
        ? new Tensor('float32', Float32Array.from(values, Number), shape)
        : new Tensor('string', values.map(String), shape)
  }
  const { probabilities } = await session.run(feeds)
  const scores = probabilities?.data as Float32Array
  for (const [row, { resolve }] of batch.entries()) resolve([scores[2 * row] ?? 0, scores[2 * row + 1] ?? 0])
}

function score(body: Body): Promise<readonly number[]> {
  return new Promise((resolve) => {
    if (waiting.length === 0) setImmediate(() => void run())
    waiting.push({ body, resolve })
  })
}

const server = fastify()
server.post<{ readonly Body: Body }>('/v2/models/flight-delay/infer', async ({ body }) => {
  const data = await score(body)
  return {
    model_name: 'flight-delay',
    model_version: '1',
    outputs: [{ name: 'probabilities', datatype: 'FP32', shape: [1, 2], data }],
  }
})
await server.listen({ port: 0, host: '127.0.0.1' })
const { port } = server.server.address() as AddressInfo
process.stdout.write(`${JSON.stringify({ ready: true, address: `http://127.0.0.1:${port}` })}\n`)
process.once('SIGTERM', () => process.exit(0))
