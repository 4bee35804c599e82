import { Agent, request } from 'node:http'
import type { Flight } from './flights.ts'

/** Asks a gateway for predictions and tells it what came of them, over connections that are kept. */
export interface GatewayClient {
  /** The prediction's id; `undefined` where there was none. */
  readonly predict: (flight: Flight) => Promise<string | undefined>
  readonly tell: (known: readonly Known[]) => Promise<void>
  /** Since the last call. */
  readonly counts: () => Counts
  readonly close: () => void
}

export interface Known {
  readonly id: string
  readonly flight: Flight
}

export interface Counts {
  readonly answered: number
  /** Refused by the contract: 4xx. */
  readonly refused: number
  /** No answer, or 5xx. */
  readonly failed: number
  readonly outcomes: number
}

interface Place {
  readonly gateway: string
  readonly service: string
}

export function gatewayClient({ gateway, service }: Place): GatewayClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  const base = `${gateway}/v2/models/${service}`
  let counts = { ...NONE }
  const post = (path: string, body: unknown): Promise<Answer> => posted(`${base}/${path}`, { agent, body })
  return {
    predict: async (flight) => {
      const { status, text } = await post('infer', inferenceOf(flight))
      if (status === 200) counts.answered += 1
      else if (status >= 400 && status < 500) counts.refused += 1
      else counts.failed += 1
      return status === 200 ? (JSON.parse(text) as { readonly id: string }).id : undefined
    },
    tell: async (known) => {
      if (known.length === 0) return
      const { status } = await post('outcomes', known.map(outcomeOf))
      if (status === 200) counts.outcomes += known.length
      // One that breaks the contract has the others refused with it.
      else if (known.length > 1)
        for (const one of known) counts.outcomes += Number((await post('outcomes', [outcomeOf(one)])).status === 200)
    },
    counts: () => {
      const told = counts
      counts = { ...NONE }
      return told
    },
    close: () => agent.destroy(),
  }
}

const NONE = { answered: 0, refused: 0, failed: 0, outcomes: 0 }

function inferenceOf({ millis, origin, destination, distance }: Flight): object {
  return {
    inputs: [
      inputOf('date', { datatype: 'BYTES', value: new Date(millis).toISOString() }),
      inputOf('distance', { datatype: 'INT64', value: distance }),
      inputOf('origin', { datatype: 'BYTES', value: origin }),
      inputOf('destination', { datatype: 'BYTES', value: destination }),
    ],
  }
}

function inputOf(
  name: string,
  { datatype, value }: { readonly datatype: string; readonly value: string | number },
): object {
  return { name, datatype, shape: [1], data: [value] }
}

function outcomeOf({ id, flight }: Known): object {
  return { id, outcomes: { delay: flight.delay } }
}

interface Answer {
  /** 0: none. */
  readonly status: number
  readonly text: string
}

function posted(url: string, { agent, body }: { readonly agent: Agent; readonly body: unknown }): Promise<Answer> {
  return new Promise((resolve) => {
    const bytes = Buffer.from(JSON.stringify(body))
    const headers = { 'content-type': 'application/json', 'content-length': bytes.length }
    const asked = request(url, { method: 'POST', agent, headers, timeout: 10_000 }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
      )
      response.on('error', () => resolve({ status: 0, text: '' }))
    })
    asked.on('timeout', () => asked.destroy())
    asked.on('error', () => resolve({ status: 0, text: '' }))
    asked.end(bytes)
  })
}
