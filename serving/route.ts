import { randomUUID } from 'node:crypto'
import type { Served } from '../store/generation.ts'
import { ServingError } from './errors.ts'
import type { LoadedGeneration } from './loaded-generation.ts'
import type { PooledModel } from './model-pool.ts'
import type { InferRequest } from './read-request.ts'
import { isCandidates } from './split.ts'

/** The version that answers a request: the candidate where the request's key is its and its lease holds. */
export function routed(generation: LoadedGeneration, request: InferRequest, header: string | undefined): PooledModel {
  const { stable, candidate, signed, share } = generation
  if (
    candidate !== null &&
    hasLease(generation) &&
    isCandidates(stickyKey(generation, request, header), { salt: signed.state.salt, share })
  ) {
    return candidate
  }
  return stable ?? notReady()
}

/** Once it has run out, it has. */
function hasLease({ share, lease }: LoadedGeneration): boolean {
  if (share === 0 || lease.lapsed) return false
  if (Date.now() < lease.untilMillis) return true
  lease.lapsed = true
  return false
}

/** What decides: told by the client, else the first row's key, else the request's id, else chance. */
function stickyKey(
  { stable, candidate }: LoadedGeneration,
  { sticky, id, inputs }: InferRequest,
  header: string | undefined,
): string {
  if (sticky !== null) return sticky
  if (header !== undefined && header !== '') return header
  const { contract } = (stable ?? candidate)?.model ?? {}
  const key = contract?.key ?? 'row'
  const parts = key === 'row' ? [] : key.map((name) => inputs.get(name)?.data[0] ?? null)
  if (parts.length > 0 && !parts.includes(null)) return parts.map(String).join('\n')
  return id ?? randomUUID()
}

/** One loaded version by its number, `3`, or by model and number, `flight-delay@3`. Of two models' versions of one number it is the stable one. */
export function versionNamed({ stable, candidate }: LoadedGeneration, name: string): PooledModel {
  const found = [stable, candidate].find((one) => one !== null && isNamed(one.model.served, name))
  if (found !== undefined && found !== null) return found
  throw new ServingError(
    'not-found',
    `version ${JSON.stringify(name.slice(0, 64))}: expected one that is loaded, got another; GET the model for its versions`,
  )
}

function isNamed({ model, version }: Served, name: string): boolean {
  return name === String(version) || name === `${model}@${version}`
}

export function notReady(): never {
  throw new ServingError('not-ready', 'service: expected a model in service, got none yet; ask again later')
}
