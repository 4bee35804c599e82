import { Socket } from 'node:net'
import { openModel, type OnnxModel } from '../data/onnx-scorer.ts'
import type { ModelSignature } from '../data/onnx-signature.ts'
import { holdLifeline } from '../store/process-lifeline.ts'
import { decodeBatch } from './feature-batch.ts'
import { frame, onFrames } from './frames.ts'

/** What a gateway says first. */
export interface ModelOrder {
  readonly path: string
  readonly signature: ModelSignature
}

/** What this answers; then it scores one batch after the other. */
export type ModelReady = { readonly width: number } | { readonly refused: string }

/** One model in a process of its own, over descriptor 3: what it does wrong, and what its sessions leak, ends with it. */
async function main(): Promise<void> {
  await holdLifeline()
  const channel = new Socket({ fd: 3 })
  channel.once('close', () => process.exit(0))
  let answer: (payload: Buffer) => Promise<Uint8Array> = async (payload) => {
    // Written by `model-process.ts`.
    const order = JSON.parse(payload.toString('utf8')) as ModelOrder
    try {
      const model = await openModel(order.path, order.signature)
      answer = (batch) => scored(model, { signature: order.signature, batch })
      return Buffer.from(JSON.stringify({ width: model.width } satisfies ModelReady))
    } catch (error) {
      const refused = error instanceof Error && error.name === 'ModelError' ? error.message : 'model: expected to load'
      return Buffer.from(JSON.stringify({ refused } satisfies ModelReady))
    }
  }
  let turn = Promise.resolve()
  onFrames(channel, (payload) => {
    turn = turn.then(async () => void channel.write(frame(await answer(payload))))
  })
}

interface Batch {
  readonly signature: ModelSignature
  readonly batch: Buffer
}

/** float32 [rows, width]; NaN in the rows that have no finite prediction. */
async function scored(model: OnnxModel, { signature, batch }: Batch): Promise<Uint8Array> {
  const { rows, columns } = decodeBatch(signature.features, batch)
  const values = (await valuesOf(model, columns, rows)) ?? (await rowByRow(model, columns, rows))
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

type Columns = Parameters<OnnxModel['score']>[0]

async function valuesOf(model: OnnxModel, columns: Columns, rows: number): Promise<Float32Array | undefined> {
  const scores = await model.score(columns, rows).catch(() => undefined)
  return scores?.state === 'scored' ? scores.values : undefined
}

/** A row that the model cannot score spoils the whole batch: the others are scored alone then. */
async function rowByRow(model: OnnxModel, columns: Columns, rows: number): Promise<Float32Array> {
  const all = new Float32Array(rows * model.width).fill(Number.NaN)
  for (let row = 0; row < rows; row += 1) {
    const one = new Map([...columns].map(([name, values]) => [name, values.slice(row, row + 1)]))
    const values = await valuesOf(model, one, 1)
    if (values !== undefined) all.set(values, row * model.width)
  }
  return all
}

await main()
