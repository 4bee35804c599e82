import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import { gatewaysAt } from '../../activities/canary/gateways-at.ts'
import type { Acknowledged } from '../../activities/canary/requests.ts'
import { record } from '../../activities/canary/record.ts'
import { loadSettings } from '../../config/settings.ts'
import { audit } from '../../store/audit.ts'
import { sealHeads } from '../../store/audit-heads.ts'
import type { Served } from '../../store/generation.ts'
import { nameOf } from '../../store/model-version.ts'
import { openStore } from '../../store/open-store.ts'
import { services, type SignedGeneration } from '../../store/services.ts'
import type { Signer } from '../../store/signing/dsse.ts'
import { loadSigner, trusted } from '../../store/signing/keys.ts'
import { CliError } from '../errors.ts'
import { requireService, stableBefore, type ServiceReader } from './service-view.ts'

export interface RollbackFlags {
  /** A number, or `delay@3`. */
  readonly to?: string
  readonly as?: string
  readonly reason: string
  readonly json?: boolean
}

const PATIENCE_MILLIS = 30_000

/**
 * `anneal rollback SERVICE`: has every gateway answer by the model before, or by the incumbent alone where a canary is under
 * way, at once. Needs no Temporal: a canary that goes on sees that the traffic was moved, and ends. Answers the exit code: 1
 * where a live gateway does not follow. Throws `service-unknown`, `nothing-to-roll-back`, `not-verified`.
 */
export async function rollbackCommand(service: string, flags: RollbackFlags): Promise<number> {
  const began = performance.now()
  const settings = loadSettings()
  const reader = { store: openStore(settings.store), keys: await trusted(settings.keys) }
  const signer = await loadSigner(settings.keys)
  const by = flags.as ?? userInfo().username
  const { from, moved } = await moveBack(reader, { service, flags, by, signer })
  const { objects } = reader.store
  const { generation, stable } = moved.state
  const limit = AbortSignal.timeout(PATIENCE_MILLIS)
  const answer = await gatewaysAt({ objects }, { service, generation, waits: false, signal: limit }).catch(
    lateUnless(limit),
  )
  const millis = Math.round(performance.now() - began)
  await writeDown({ reader, signer, from, moved, by, reason: flags.reason })
  const [before, after] = [from.state.candidate ?? from.state.stable, stable].map((served) => served && nameOf(served))
  const done = { service, from: before, to: after, generation, gateways: answer, millis }
  process.stdout.write(flags.json === true ? `${JSON.stringify(done)}\n` : `${told(done)}\n`)
  return answer.state === 'refused' ? 1 : 0
}

interface Moving {
  readonly service: string
  readonly flags: RollbackFlags
  readonly by: string
  readonly signer: Signer
}

interface MovedBack {
  readonly from: SignedGeneration
  readonly moved: SignedGeneration
}

/** Again where a canary was first: whoever rolls back has the last word. */
async function moveBack(reader: ServiceReader, { service, flags, by, signer }: Moving): Promise<MovedBack> {
  const key = `rollback/${randomUUID()}`
  while (true) {
    const from = await requireService(reader, service)
    const draft = {
      service,
      stable: await targetOf(reader, from, flags.to),
      candidate: null,
      until: null,
      salt: key,
      clock: from.state.clock,
      key,
      cause: 'rolled-back' as const,
      by,
      evidence: null,
    }
    const moved = await services(reader.store.objects).publish(draft, { previous: from, signer })
    if (moved !== 'conflict') return { from, moved }
  }
}

/** Throws `nothing-to-roll-back`. */
async function targetOf(reader: ServiceReader, from: SignedGeneration, to: string | undefined): Promise<Served> {
  const { service, stable, candidate } = from.state
  if (to === undefined && candidate !== null && stable !== null) return stable
  const isWanted = ({ model, version, rootDigest }: Served): boolean =>
    to === undefined ? rootDigest !== stable?.rootDigest : to === String(version) || to === nameOf({ model, version })
  const found = await stableBefore(reader, from, isWanted)
  if (found !== undefined) return found
  throw new CliError('nothing-to-roll-back', {
    message: `service "${service}" has nothing to go back to`,
    expected:
      to === undefined ? 'a model that it answered by before' : `version "${to}" among those that it answered by`,
    got: 'none',
    remedy: 'see what it answers by with `anneal services`, and what it did with `anneal audit list`',
  })
}

interface WritingDown extends MovedBack {
  readonly reader: ServiceReader
  readonly signer: Signer
  readonly by: string
  readonly reason: string
}

/** After the traffic: seconds count. The generation names who moved it, should this be cut off. */
async function writeDown({ reader, signer, from, moved, by, reason }: WritingDown): Promise<void> {
  const { objects } = reader.store
  const { service, generation, key, stable, candidate, cause } = moved.state
  const log = audit(objects)
  const body = { generation, digest: moved.digest, from: from.state.generation, cause, stable, candidate, reason }
  await record({ audit: log, signer: () => Promise.resolve(signer) }, service, { key, kind: 'traffic', by, body })
  await sealHeads(objects, { signer, by, log })
}

function lateUnless(limit: AbortSignal): (error: unknown) => Acknowledged {
  return (error) => {
    if (!limit.aborted) throw error
    return {
      state: 'refused',
      reason: `gateways: expected all to follow within ${PATIENCE_MILLIS / 1000} s, got fewer`,
    }
  }
}

interface Done {
  readonly service: string
  readonly from: string | null | undefined
  readonly to: string | null | undefined
  readonly gateways: Acknowledged
  readonly millis: number
}

function told({ service, from, to, gateways, millis }: Done): string {
  const moved = `${service}: ${from ?? 'nothing'} to ${to ?? 'nothing'} in ${(millis / 1000).toFixed(2)} s`
  switch (gateways.state) {
    case 'acknowledged':
      return `${moved}, ${gateways.gateways} ${gateways.gateways === 1 ? 'gateway' : 'gateways'} follow`
    case 'none':
      return `${moved}; no gateway lives`
    case 'refused':
      return `${moved}, but ${gateways.reason}`
  }
}
