import { readdir, readFile } from 'node:fs/promises'
import { basename, join, relative, sep } from 'node:path'
import { sha256Of } from '../../store/artifacts.ts'
import { openStore } from '../../store/open-store.ts'
import { registry } from '../../store/registry.ts'
import type { PublishedResult } from '../../store/result-record.ts'
import type { Fault } from '../../store/signing/fault.ts'
import { trusted } from '../../store/signing/keys.ts'
import { verifyAudit } from '../../store/verify-audit.ts'
import { processesUnder, publishedResults, workFiles } from './leftovers.ts'
import type { Place } from './place.ts'

/** What a run has left in its place once its machinery is gone. */
export interface Left {
  readonly published: readonly PublishedResult[]
  /** Digests of the results of each node, in an order of their own: a node over a list has one an element. */
  readonly digests: Readonly<Record<string, readonly string[]>>
  /** How many revisions each chain has: of models, services, audit, datasets, plans. */
  readonly chains: Readonly<Record<string, number>>
  /** What may be in no store and no process table, whatever a run does. */
  readonly faults: readonly string[]
}

export async function leftBy(place: Place): Promise<Left> {
  const { settings } = place
  const store = openStore(settings.store)
  await store.objects.sweepTemporaryFiles()
  const names = await filesIn(settings.store)
  const published = await publishedResults(settings)
  const chains = chainsIn(names)
  const faults = [
    ...(await workFiles(settings)).map((name) => `a file that nobody works on any more: ${name}`),
    ...processesUnder(place.folder).map((pid) => `a process that outlived its worker: ${pid}`),
    ...[...chains].flatMap(([chain, revisions]) => gapsOf(chain, revisions)),
    ...(await alteredArtifacts(settings.store, names)),
    ...(await unverified(place)),
  ]
  return {
    published,
    digests: grouped(published.map(({ meta, digest }) => [meta.node, digest])),
    chains: Object.fromEntries([...chains].map(([chain, revisions]) => [chain, revisions.length])),
    faults,
  }
}

/** Paths from the store's folder. */
async function filesIn(store: string): Promise<readonly string[]> {
  const entries = await readdir(store, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(store, join(parentPath, name)).replaceAll(sep, '/'))
}

/** `pipelines/p` of `pipelines/p/1`; results, whose claims come and go, and leases, of which the newest stays, are none. */
function chainsIn(names: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const chains = new Map<string, number[]>()
  for (const name of names) {
    const [, chain, revision] = /^((?!artifacts\/|results\/|leases\/|tmp\/).+)\/([1-9]\d*)$/.exec(name) ?? []
    if (chain === undefined) continue
    chains.set(chain, [...(chains.get(chain) ?? []), Number(revision)])
  }
  return chains
}

function gapsOf(chain: string, revisions: readonly number[]): readonly string[] {
  const last = Math.max(...revisions)
  return last === revisions.length ? [] : [`a revision that is lost: ${chain} has ${revisions.length} of ${last}`]
}

async function alteredArtifacts(store: string, names: readonly string[]): Promise<readonly string[]> {
  const altered: string[] = []
  for (const name of names) {
    if (!/^artifacts\/.*[0-9a-f]{64}$/.test(name)) continue
    // One after another: an artifact may be large.
    if (sha256Of(await readFile(join(store, name))) !== basename(name))
      altered.push(`an artifact of other bytes: ${name}`)
  }
  return altered
}

/** What does not verify in audit chains and registry. */
async function unverified({ settings }: Place): Promise<readonly string[]> {
  const { objects, artifacts } = openStore(settings.store)
  const keys = await trusted(settings.keys)
  const models = registry(objects, artifacts)
  const audited = (await verifyAudit(objects, { keys })).flatMap((check) => check.faults)
  const registered: Fault[] = []
  for (const model of await models.names()) {
    const { versions } = await models.verify(model, { keys })
    registered.push(...versions.flatMap(({ faults }) => faults))
  }
  return [...audited, ...registered].map(({ file, expected, got }) => `${file}: expected ${expected}, got ${got}`)
}

function grouped(pairs: readonly (readonly [string, string])[]): Readonly<Record<string, readonly string[]>> {
  const groups = new Map<string, string[]>()
  for (const [name, value] of pairs) groups.set(name, [...(groups.get(name) ?? []), value])
  return Object.fromEntries([...groups].map(([name, values]) => [name, values.toSorted()]))
}
