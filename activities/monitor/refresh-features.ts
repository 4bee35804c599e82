import type { FreshFile } from '../../store/refresh.ts'
import { refreshes, type SignedRefresh } from '../../store/refreshes.ts'
import { asOfOf, earlierBy } from '../as-of.ts'
import { newestOf, verified } from '../canary/service-state.ts'
import type { Engine } from '../engine.ts'
import { whileHeartbeating } from '../heartbeat.ts'
import { inLanes } from '../in-lanes.ts'
import { nodeAt } from '../node-scope.ts'
import type { RecentPlace, SourceNodes } from './delivered-parts.ts'
import { freshFile, type Fresh, type FreshRequest } from './fresh-file.ts'
import type { Refreshed, RefreshRequest } from './requests.ts'
import { servedLookUps, type ServedLookUps } from './served-look-ups.ts'

/**
 * Writes what the service's versions look up of the newest rows, and publishes it for gateways.
 * Reads the service's state, the registry, the project folder and the store; writes results for parts, validations and
 * files, and the next entry of the chain `online/<service>`. Key: service and step, so that one step is published once; a
 * step that a later one has overtaken is `skipped`. Dies anywhere: what is published is found again, and the same rows give
 * the same file. Heartbeats without details. Rows that break their contract beyond what it allows leave the file that was
 * there, `data-rejected`. Throws `node-unknown`, `source-…`, `signing-key-…`, and the codes of the child and of StoreError.
 */
export async function refreshFeatures(engine: Engine, request: RefreshRequest, run: string): Promise<Refreshed> {
  const { node, pipeline, scope } = await nodeAt(engine, { ...request, inputs: {} }, 'monitor')
  const { refreshMillis } = node.spec
  if (refreshMillis === null) return skipped(`pipeline "${pipeline}" declares no refresh`)
  const at = asOfOf({ from: 'literal', value: request.at }, scope) ?? request.at
  return whileHeartbeating((signal) =>
    refreshed(engine, {
      service: request.service,
      at,
      // What a feed brings early counts from when it is known, so a file is right until the one after the next.
      asOf: earlierBy(at, -2 * refreshMillis),
      // Requests may be of a little earlier than the step.
      from: earlierBy(at, Math.floor(refreshMillis / 4)),
      parameters: scope.parameters,
      place: { pipeline, node: node.id, run, signal },
    }),
  )
}

interface Step extends FreshRequest {
  readonly service: string
  readonly parameters: SourceNodes['parameters']
  readonly place: RecentPlace
}

async function refreshed(engine: Engine, step: Step): Promise<Refreshed> {
  const { service, place, parameters } = step
  const newest = await newestOf(engine, service)
  const wanted = newest === null ? [] : await servedLookUps(engine, { generation: newest.state, parameters })
  if (wanted.length === 0) return skipped(`service "${service}" looks nothing up`)
  const madeByStep = wanted
    .flatMap(({ sources }) => sources)
    .find(({ nodes }) => nodes.source.spec.at.from === 'output')
  if (madeByStep !== undefined) {
    return skipped(
      `source "${madeByStep.nodes.contract.name}" is what a step of a run made; files of the project are refreshed`,
    )
  }
  const standing = standingOf(await newestRefresh(engine, service), { step, wanted })
  if (standing !== undefined) return standing
  const made = await inLanes(wanted, {
    lanes: 1,
    work: (lookUps) => freshFile(engine, { lookUps, request: step }, place),
  })
  return published(engine, { step, wanted, made, by: place.run })
}

interface Wanted {
  readonly step: Step
  readonly wanted: readonly ServedLookUps[]
}

/** Where the newest refresh knows as much already. */
function standingOf(newest: SignedRefresh | null, { step, wanted }: Wanted): Refreshed | undefined {
  if (newest === null || newest.refresh.at < step.at) return undefined
  const { number, at, files } = newest.refresh
  // One form, so the order of texts is that of times.
  if (at > step.at) return skipped(`refresh ${number} is of ${at}, later than ${step.at}`)
  const isThere = ({ expressions }: ServedLookUps): boolean =>
    files.some((file) => file.expressions === expressions && file.asOf === step.asOf)
  return wanted.every(isThere) ? { state: 'refreshed', reason: toldOf(newest) } : undefined
}

interface Made extends Wanted {
  /** One a look-up, in their order. */
  readonly made: readonly Fresh[]
  readonly by: string
}

async function published(engine: Engine, { step, wanted, made, by }: Made): Promise<Refreshed> {
  const { service, at } = step
  const fresh = made.flatMap((one) => (one.state === 'made' ? [one.file] : []))
  const rejected = made.flatMap((one) => (one.state === 'rejected' ? [one.reason] : []))
  if (fresh.length === 0) return { state: 'data-rejected', reason: rejected.join('; ') }
  while (true) {
    const previous = await newestRefresh(engine, service)
    const standing = standingOf(previous, { step, wanted })
    if (standing !== undefined) return standing
    const files = wanted.flatMap(({ expressions }) => {
      const isOf = (file: FreshFile): boolean => file.expressions === expressions
      // Of rejected rows the file stays that was there.
      return fresh.find(isOf) ?? previous?.refresh.files.find(isOf) ?? []
    })
    const signer = await engine.signer()
    const outcome = await refreshes(engine.objects).publish({ service, at, files, by }, { previous, signer })
    if (outcome === 'conflict') continue
    return rejected.length > 0
      ? { state: 'data-rejected', reason: rejected.join('; ') }
      : { state: 'refreshed', reason: toldOf(outcome) }
  }
}

async function newestRefresh({ objects, trustedKeys }: Engine, service: string): Promise<SignedRefresh | null> {
  const found = await refreshes(objects).current(service, await trustedKeys())
  return found === undefined ? null : verified(found)
}

function toldOf({ refresh: { number, files } }: SignedRefresh): string {
  const newest = files
    .map((file) => file.newest)
    .toSorted()
    .at(-1)
  return `refresh ${number} knows rows to ${newest ?? 'none'}`
}

function skipped(reason: string): Refreshed {
  return { state: 'skipped', reason }
}
