import { z } from 'zod'
import type { SmokeRows } from '../../data/smoke-rows.ts'

export interface Asked {
  readonly address: string
  readonly service: string
  /** `delay@3` */
  readonly version: string
  readonly signal: AbortSignal
}

export type VersionAnswer =
  | {
      /** Of the model that answered. */
      readonly digest: string
      /** By row. */
      readonly predictions: readonly (readonly (number | null)[])[]
      /** Which of a row's numbers is the probability of `true`. */
      readonly positive: number
    }
  | { readonly fault: string }

const ANSWER_MILLIS = 30_000

const metadataSchema = z.object({
  inputs: z.array(z.object({ name: z.string(), datatype: z.string() })),
  outputs: z.array(z.object({ parameters: z.object({ classes: z.array(z.string()) }).optional() })),
})

const answerSchema = z.object({
  parameters: z.object({ digest: z.string() }),
  outputs: z.array(
    z.object({ name: z.string(), shape: z.array(z.int()), data: z.array(z.union([z.number(), z.null()])) }),
  ),
})

/** Asks a gateway for the predictions of one loaded version, by the Open Inference Protocol. Its faults are values. */
export async function askVersion(rows: SmokeRows['rows'], asked: Asked): Promise<VersionAnswer> {
  const { service, version } = asked
  const path = `/v2/models/${encodeURIComponent(service)}/versions/${encodeURIComponent(version)}`
  const metadata = await ask(metadataSchema, { path, asked })
  if ('fault' in metadata) return metadata
  const { inputs, outputs } = metadata.value
  const body = {
    inputs: inputs.map(({ name, datatype }) => ({
      name,
      datatype,
      shape: [rows.length],
      data: rows.map((row) => row[name] ?? null),
    })),
  }
  const answer = await ask(answerSchema, { path: `${path}/infer`, asked, body })
  if ('fault' in answer) return answer
  const prediction = answer.value.outputs.find(({ name }) => name === 'probabilities' || name === 'prediction')
  if (prediction === undefined) return { fault: 'expected the output "probabilities" or "prediction", got neither' }
  const width = prediction.shape[1] ?? 1
  return {
    digest: answer.value.parameters.digest,
    predictions: rows.map((_, row) => prediction.data.slice(row * width, (row + 1) * width)),
    positive: (outputs[0]?.parameters?.classes ?? ['false', 'true']).indexOf('true'),
  }
}

interface Question {
  readonly path: string
  readonly asked: Asked
  /** Default: a GET. */
  readonly body?: object
}

async function ask<T>(
  schema: z.ZodType<T>,
  { path, asked, body }: Question,
): Promise<{ readonly value: T } | { readonly fault: string }> {
  const { address, signal } = asked
  const sent = body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MILLIS)])
    const response = await fetch(`${address}${path}`, { ...sent, signal: limit })
    const text = await response.text()
    if (!response.ok) return { fault: `expected status 200, got ${response.status}: ${text.slice(0, 300)}` }
    const parsed = schema.safeParse(JSON.parse(text))
    return parsed.success ? { value: parsed.data } : { fault: 'expected an answer of the protocol, got another one' }
  } catch {
    signal.throwIfAborted()
    return { fault: `expected an answer within ${ANSWER_MILLIS / 1000} s, got none` }
  }
}
