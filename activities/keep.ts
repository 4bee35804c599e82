import { canonicalJson } from '../dsl/digest.ts'
import type { Digest } from '../dsl/plan.ts'
import type { Engine } from './engine.ts'
import { readJson } from './order.ts'
import type { Finished, NodeRequest } from './requests.ts'

/** Of a run with more nodes than a payload holds: kept as an artifact, named by its digest. */
export type Kept = readonly Finished[] | Readonly<Record<string, Digest>>

/** Where a list of finished nodes is kept, and which of them are asked for. */
export interface PageRequest {
  readonly kept: Digest
  readonly from: number
  readonly count: number
}

/** Stores what a run has come to. The same value has the same digest, so a second call changes nothing. */
export function keep({ artifacts }: Pick<Engine, 'artifacts'>, value: Kept): Promise<Digest> {
  return artifacts.putBytes(Buffer.from(canonicalJson(value)))
}

export async function finishedPage(
  { artifacts }: Pick<Engine, 'artifacts'>,
  { kept, from, count }: PageRequest,
): Promise<readonly Finished[]> {
  const finished = await readJson<readonly Finished[]>(artifacts, kept)
  return finished.slice(from, from + count)
}

/** The result keys of the nodes that a request's node needs, by their ids. */
export async function inputKeys(
  { artifacts }: Pick<Engine, 'artifacts'>,
  { inputs }: Pick<NodeRequest, 'inputs'>,
): Promise<Readonly<Record<string, Digest>>> {
  return typeof inputs === 'string' ? readJson(artifacts, inputs) : inputs
}
