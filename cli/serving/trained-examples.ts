import { readJson } from '../../activities/order.ts'
import { trainedOn } from '../../activities/trained-on.ts'
import type { Dataset } from '../../data/dataset.ts'
import type { FeaturesSpec } from '../../dsl/lifecycle/nodes.ts'
import type { ContractSpec, Digest, Plan } from '../../dsl/plan.ts'
import type { Served } from '../../store/generation.ts'
import type { OpenStore } from '../../store/open-store.ts'
import type { TrustedKeys } from '../../store/signing/dsse.ts'
import type { Fault } from '../../store/signing/fault.ts'
import type { Dependency } from '../../store/signing/provenance.ts'
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
  const trained = await trainedOn(store, { served, keys })
  if ('fault' in trained) throw notVerified(served, trained.fault)
  const { dependencies, spec } = trained.value
  const { operation } = await readJson<Plan>(store.artifacts, served.plan)
  const table = dependencies.find(({ kind }) => kind === 'feature-table')
  const dataset = dependencies.find(({ kind, name }) => kind === 'dataset' && name === spec.from)
  if (table?.kind !== 'feature-table' || dataset === undefined) throw notComparable(served)
  if (!(await areThere(store, [table, dataset]))) throw notComparable(served)
  return {
    spec,
    contracts: operation.contracts,
    dataset: await readJson<Dataset>(store.artifacts, dataset.digest),
    table: { digest: table.digest, rows: table.rows },
  }
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
