import { eventMillis } from '../../store/generation.ts'
import { asOfOf, earlierBy } from '../as-of.ts'
import { newestOf } from '../canary/service-state.ts'
import type { Engine } from '../engine.ts'
import { whileHeartbeating } from '../heartbeat.ts'
import { inLanes } from '../in-lanes.ts'
import { nodeAt } from '../node-scope.ts'
import type { RecentPlace, SourceNodes } from './delivered-parts.ts'
import { freshFile, type FreshRequest } from './fresh-file.ts'
import { newestRefresh, publishRefresh, standing, type RefreshStep } from './publish-refresh.ts'
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
      stepMillis: refreshMillis,
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

interface Refreshing extends FreshRequest {
  readonly service: string
  readonly stepMillis: number
  readonly parameters: SourceNodes['parameters']
  readonly place: RecentPlace
}

async function refreshed(engine: Engine, refreshing: Refreshing): Promise<Refreshed> {
  const { service, stepMillis, at, asOf, parameters, place } = refreshing
  const newest = await newestOf(engine, service)
  const wanted = newest === null ? [] : await servedLookUps(engine, { generation: newest.state, parameters })
  if (newest === null || wanted.length === 0) return skipped(`service "${service}" looks nothing up`)
  const made = madeByStep(wanted)
  if (made !== undefined)
    return skipped(`source "${made}" is a file of a run's step; only files of the project come anew`)
  const latestMillis = eventMillis(newest.state.clock, Date.now()) + stepMillis
  const expressions = wanted.map((lookUps) => lookUps.expressions)
  const step: RefreshStep = { service, at, asOf, expressions, latestMillis, by: place.run }
  const known = standing(await newestRefresh(engine, service), step)
  if (known !== undefined) return known
  const work = (lookUps: ServedLookUps) => freshFile(engine, { lookUps, request: refreshing }, place)
  return publishRefresh(engine, step, await inLanes(wanted, { lanes: 1, work }))
}

function madeByStep(wanted: readonly ServedLookUps[]): string | undefined {
  const sources = wanted.flatMap((lookUps) => lookUps.sources)
  return sources.find(({ nodes }) => nodes.source.spec.at.from === 'output')?.nodes.contract.name
}

function skipped(reason: string): Refreshed {
  return { state: 'skipped', reason }
}
