import type { Dataset } from '../../data/dataset.ts'
import type { FeaturesSpec } from '../../dsl/lifecycle/nodes.ts'
import type { ContractSpec, Digest, Plan } from '../../dsl/plan.ts'
import { artifactKey } from '../../store/artifacts.ts'
import type { Served } from '../../store/generation.ts'
import type { ModelVersion } from '../../store/model-version.ts'
import { namedChains } from '../../store/named-chains.ts'
import type { OpenStore } from '../../store/open-store.ts'
import type { TrustedKeys } from '../../store/signing/dsse.ts'
import { verifyProvenance, type Dependency } from '../../store/signing/provenance.ts'
import type { Fault } from '../../store/signing/fault.ts'
import { verifyEntry } from '../../store/verify-model.ts'
import { CliError } from '../errors.ts'

/** What a version was trained on, by what is signed of it. */
export interface TrainedExamples {
  readonly spec: Pick<FeaturesSpec, 'from' | 'features'>
  /** Of the plan: what gateways check requests by. */
  readonly contracts: readonly ContractSpec[]
  /** Whose rows became examples; its files are digests. */
  readonly dataset: Dataset
  readonly table: { readonly digest: Digest; readonly rows: number }
}

/** Throws `not-verified`, `not-comparable`. */
export async function trainedExamples(
  store: OpenStore,
  { served, keys }: { readonly served: Served; readonly keys: TrustedKeys },
): Promise<TrainedExamples> {
  const version = await verifiedVersion(store, { served, keys })
  const file = artifactKey(version.provenance)
  const provenance = verifyProvenance(await store.artifacts.get(version.provenance), { file, keys })
  if ('fault' in provenance) throw notVerified(served, provenance.fault)
  const { dependencies } = provenance.value.training
  const { spec } = await read<Pick<TrainedExamples, 'spec'>>(store, fileOf(version, 'features.json'))
  const { operation } = await read<Plan>(store, served.plan)
  const table = dependencies.find(({ kind }) => kind === 'feature-table')
  const dataset = dependencies.find(({ kind, name }) => kind === 'dataset' && name === spec.from)
  if (table?.kind !== 'feature-table' || dataset === undefined) throw notComparable(served)
  if (!(await areThere(store, [table, dataset]))) throw notComparable(served)
  return {
    spec,
    contracts: operation.contracts,
    dataset: await read<Dataset>(store, dataset.digest),
    table: { digest: table.digest, rows: table.rows },
  }
}

async function verifiedVersion(
  { objects, artifacts }: OpenStore,
  { served, keys }: { readonly served: Served; readonly keys: TrustedKeys },
): Promise<ModelVersion> {
  const { model, version, entry } = served
  const place = { store: objects, artifacts, chains: namedChains(objects, 'registry') }
  const checked = await verifyEntry(place, { model, version, entry, keys })
  if ('fault' in checked) throw notVerified(served, checked.fault)
  return checked.value
}

/** What the engine has written, under the digest that a signature covers. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the shape that the signed digest vouches for
async function read<T>({ artifacts }: OpenStore, digest: Digest): Promise<T> {
  return JSON.parse(Buffer.from(await artifacts.get(digest)).toString('utf8')) as T
}

function fileOf({ files }: ModelVersion, name: string): Digest {
  return files.find((file) => file.name === name)?.digest ?? ''
}

async function areThere({ artifacts }: OpenStore, dependencies: readonly Dependency[]): Promise<boolean> {
  const there = await Promise.all(dependencies.map(({ digest }) => artifacts.has(digest)))
  return !there.includes(false)
}

function notVerified({ model, version }: Served, { file, ...fault }: Fault): CliError {
  return new CliError('not-verified', { message: `${model}@${version} does not verify`, where: file, ...fault })
}

function notComparable({ model, version }: Served): CliError {
  return new CliError('not-comparable', {
    message: `${model}@${version}: what it was trained on is not in the store`,
    expected: 'its feature table, and the manifest and parts of its dataset',
    got: 'fewer',
    remedy: 'run its pipeline again: this version of anneal keeps them',
  })
}
