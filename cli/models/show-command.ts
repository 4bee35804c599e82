import { loadSettings, type Settings } from '../../config/settings.ts'
import { artifactKey } from '../../store/artifacts.ts'
import type { ModelVersion } from '../../store/model-version.ts'
import { trusted } from '../../store/signing/keys.ts'
import { verifyProvenance, type TrainingRun } from '../../store/signing/provenance.ts'
import { wantsColour } from '../colour.ts'

import { readEvidence, type Evidence } from './evidence.ts'
import { registryOf, requireModel, type RegistryStore } from './registry-of.ts'
import { modelText } from './model-text.ts'
import { notVerified } from './not-verified.ts'

export interface ShownModel {
  readonly version: ModelVersion
  readonly training: TrainingRun
  /** Absent where the report is of a shape that this program does not know. */
  readonly evidence?: Evidence
  /** Id of the trusted key that signed it. */
  readonly signedBy: string
}

/** `anneal models show NAME[@VERSION]`. Shows nothing that no trusted key has signed. Throws `usage`, `model-unknown`, `not-verified`. */
export async function showCommand(name: string, { json = false }: { readonly json?: boolean }): Promise<void> {
  const settings = loadSettings()
  const store = registryOf(settings)
  const shown = await shownModel(store, { settings, version: await requireModel(store.models, name) })
  const text = json ? JSON.stringify(shown) : modelText(shown, { colour: wantsColour(process.stdout) })
  process.stdout.write(`${text}\n`)
}

/** A version that verifies, with what is known of it. Throws `not-verified`. */
export async function shownModel(
  { models, artifacts }: RegistryStore,
  { settings, version }: { readonly settings: Settings; readonly version: ModelVersion },
): Promise<ShownModel> {
  const keys = await trusted(settings.keys)
  const { versions } = await models.verify(version.model, { keys, version: version.version })
  const faults = versions.flatMap((check) => (check.version === version.version ? check.faults : []))
  if (faults[0] !== undefined) throw notVerified(version, faults[0])
  const file = artifactKey(version.provenance)
  const provenance = verifyProvenance(await artifacts.get(version.provenance), { file, keys })
  if ('fault' in provenance) throw notVerified(version, provenance.fault)
  const evidence = await readEvidence(artifacts, version.evidence)
  const { training, keyId } = provenance.value
  return { version, training, signedBy: keyId, ...(evidence && { evidence }) }
}
