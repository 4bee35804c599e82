import { SERVICE } from './a-service.ts'

export interface Tensor {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
  readonly data: readonly unknown[]
}

export function tensor(name: string, datatype: string, ...data: readonly unknown[]): Tensor {
  return { name, datatype, shape: [data.length], data }
}

/** What the models of one number want: a key and `x`. */
export function numbers(...xs: readonly number[]): { readonly inputs: readonly Tensor[] } {
  return { inputs: [tensor('trip_id', 'INT64', ...xs.map((_, row) => row)), tensor('x', 'FP64', ...xs)] }
}

/** One row for the model of everything. */
export function aTrip(more: Readonly<Record<string, Tensor | null>> = {}): { readonly inputs: readonly Tensor[] } {
  const all: Readonly<Record<string, Tensor | null>> = {
    trip_id: tensor('trip_id', 'INT64', 7),
    x: tensor('x', 'FP64', 0.25),
    late: tensor('late', 'BOOL', true),
    city: tensor('city', 'BYTES', 'BOS'),
    carrier: tensor('carrier', 'BYTES', 'AA'),
    fare: tensor('fare', 'BYTES', '12.50'),
    ...more,
  }
  return { inputs: Object.values(all).filter((one) => one !== null) }
}

export interface Answer {
  readonly error?: string
  readonly model_name: string
  readonly model_version: string
  readonly id: string
  readonly parameters: Readonly<Record<string, unknown>>
  readonly outputs: readonly Tensor[]
}

export interface Answered {
  readonly status: number
  readonly answer: Answer
}

export interface PostOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** After `/v2/models/trips`. */
  readonly path?: string
}

/** Text and bytes are sent as they are. */
export async function post(
  address: string,
  body: unknown,
  { headers = {}, path = '/infer' }: PostOptions = {},
): Promise<Answered> {
  const content = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
  const response = await fetch(`${address}/v2/models/${SERVICE}${path}`, {
    method: 'POST',
    body: content as string,
    headers,
  })
  return { status: response.status, answer: (await response.json()) as Answer }
}
