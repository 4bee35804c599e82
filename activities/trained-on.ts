import type { FeaturesSpec } from '../dsl/lifecycle/nodes.ts'
import { artifactKey, type Artifacts } from '../store/artifacts.ts'
import type { Served } from '../store/generation.ts'
import type { ModelVersion } from '../store/model-version.ts'
import { namedChains } from '../store/named-chains.ts'
import type { ObjectStore } from '../store/object-store.ts'
import type { TrustedKeys } from '../store/signing/dsse.ts'
import type { Checked } from '../store/signing/fault.ts'
import { verifyProvenance, type Dependency } from '../store/signing/provenance.ts'
import { verifyEntry } from '../store/verify-model.ts'
import { readJson } from './order.ts'

/** What a served version was trained on, by what is signed of it. Whether that is in the store is another matter. */
export interface TrainedOn {
  readonly version: ModelVersion
  readonly spec: Omit<FeaturesSpec, 'asOf'>
  readonly dependencies: readonly Dependency[]
}

/** Verifies the version's entry, files, signature and provenance. Loads nothing of Temporal: commands use it too. */
export async function trainedOn(
  store: { readonly objects: ObjectStore; readonly artifacts: Artifacts },
  { served, keys }: { readonly served: Served; readonly keys: TrustedKeys },
): Promise<Checked<TrainedOn>> {
  const { objects, artifacts } = store
  const { model, version, entry } = served
  const place = { store: objects, artifacts, chains: namedChains(objects, 'registry') }
  const checked = await verifyEntry(place, { model, version, entry, keys })
  if ('fault' in checked) return checked
  const { files, provenance } = checked.value
  const signed = verifyProvenance(await artifacts.get(provenance), { file: artifactKey(provenance), keys })
  if ('fault' in signed) return signed
  const features = files.find(({ name }) => name === 'features.json')?.digest ?? ''
  const { spec } = await readJson<Pick<TrainedOn, 'spec'>>(artifacts, features)
  return { value: { version: checked.value, spec, dependencies: signed.value.training.dependencies } }
}
