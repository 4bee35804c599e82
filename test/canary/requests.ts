import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'

export interface Answered {
  readonly version: number
  readonly generation: number
  /** When the answer was there, in milliseconds since 1970. */
  readonly at: number
}

/** One request by a caller of its own, over the Open Inference Protocol. */
export async function ask(address: string, service: string): Promise<Answered> {
  const response = await fetch(`${address}/v2/models/${service}/infer`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      inputs: [
        { name: 'distance', datatype: 'INT64', shape: [1], data: [500] },
        { name: 'origin', datatype: 'BYTES', shape: [1], data: ['ABC'] },
      ],
      parameters: { sticky: randomUUID() },
    }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.status}: ${text}`)
  // The gateway's answer.
  const { model_version: version, parameters } = JSON.parse(text) as {
    readonly model_version: string
    readonly parameters: { readonly generation: number }
  }
  return { version: Number(version), generation: parameters.generation, at: Date.now() }
}

/** Asks again and again until it is stopped; what it was answered. */
export function askAgain(address: string, service: string): { readonly stop: () => Promise<readonly Answered[]> } {
  const stopping = new AbortController()
  const answers: Answered[] = []
  const running = (async () => {
    while (!stopping.signal.aborted) {
      answers.push(await ask(address, service))
      await delay(5)
    }
  })()
  return {
    stop: async () => {
      stopping.abort()
      await running
      return answers
    },
  }
}
