import { refreshes } from '../../store/refreshes.ts'
import { verified } from '../canary/service-state.ts'
import type { Engine } from '../engine.ts'
import { readJson } from '../order.ts'
import type { FeaturesInput } from '../recipes.ts'
import { generationAt } from './generation-at.ts'

export interface At {
  readonly service: string
  /** Event time. */
  readonly millis: number
}

/**
 * How much newer the newest row by then is than the asOf of the version in service then: of those that any run has read of its
 * source, or a refresh. Null where there is no version, or it has no asOf. Reads the registry and the chains; writes nothing.
 */
export async function newerBy(engine: Engine, { service, millis }: At): Promise<number | null> {
  const served = (await generationAt(engine, service, millis))?.state.stable ?? null
  const version = served === null ? undefined : await engine.registry.find(served.model, served.version)
  if (version === undefined || version.asOf === null) return null
  const features = version.files.find(({ name }) => name === 'features.json')?.digest ?? ''
  const { spec } = await readJson<Pick<FeaturesInput, 'spec'>>(engine.artifacts, features)
  const times = await Promise.all([readOf(engine, spec.from), refreshedOf(engine, service)])
  const newest = Math.max(...times.flat().map(Date.parse))
  // A feed may bring rows before their time.
  return newest === Number.NEGATIVE_INFINITY ? null : Math.min(newest, millis) - Date.parse(version.asOf)
}

/** A later run may have read less, as of an earlier time. */
async function readOf({ datasets }: Engine, source: string): Promise<readonly string[]> {
  const versions = await datasets.versions(source)
  return versions.flatMap(({ span }) => (span === null ? [] : [span.last]))
}

async function refreshedOf({ objects, trustedKeys }: Engine, service: string): Promise<readonly string[]> {
  const found = await refreshes(objects).current(service, await trustedKeys())
  return found === undefined ? [] : verified(found).refresh.files.map(({ newest }) => newest)
}
