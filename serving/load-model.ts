import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { FeatureSpec } from '../dsl/features.ts'
import type { Digest, ContractSpec, Plan } from '../dsl/plan.ts'
import type { PastContract } from '../dsl/lifecycle/nodes.ts'
import { onlineExpressions } from '../features/online-expressions.ts'
import { openOnlineFeatures, type OnlineFeatures } from '../features/online-store.ts'
import { pastNodes } from '../features/past-nodes.ts'
import type { Served } from '../store/generation.ts'
import type { ModelVersion } from '../store/model-version.ts'
import type { TrustedKeys } from '../store/signing/dsse.ts'
import { verifyEntry, type Place } from '../store/verify-model.ts'
import { ServingError } from './errors.ts'
import { FollowedPast } from './followed-past.ts'
import { startScorer, type ScorerOptions } from './scorer.ts'
import { servedModel, type ModelParts, type ServedModel } from './served-model.ts'

export interface LoadOptions extends ScorerOptions {
  readonly place: Place
  readonly keys: TrustedKeys
  /** The gateway's own folder for models and features. */
  readonly folder: string
}

/** Written by `register`: `{ spec }` of a features node. */
const featuresFile = z.object({
  spec: z.object({
    from: z.string(),
    features: z.array(z.custom<FeatureSpec>((value) => typeof value === 'object')),
    contracts: z.array(z.custom<PastContract>((value) => typeof value === 'object')),
  }),
})
const trainingFile = z.object({ classes: z.array(z.string()).nullable() })

/** Verifies all that the version consists of, and loads it. Throws `not-loadable`, and `StoreError` where the store does not answer. */
export async function loadModel(served: Served, options: LoadOptions): Promise<ServedModel> {
  const { place, keys, folder } = options
  const { model, version, entry } = served
  const checked = await verifyEntry(place, { model, version, entry, keys })
  if ('fault' in checked) {
    const { file, expected, got } = checked.fault
    throw refused(`${file}: expected ${expected}, got ${got}`)
  }
  if (checked.value.rootDigest !== served.rootDigest)
    throw refused(`${model}@${version}: expected ${served.rootDigest}, got ${checked.value.rootDigest}`)
  const parts = await partsOf(place, served, checked.value)
  const own = await mkdtemp(join(folder, `${model}-${version}-`))
  const drop = (): Promise<void> => rm(own, { recursive: true, force: true })
  try {
    return await opened(parts, { ...options, version: checked.value, own, drop })
  } catch (error) {
    await drop()
    throw error
  }
}

interface Opening extends LoadOptions {
  readonly version: ModelVersion
  /** Holds this version's files while it is loaded. */
  readonly own: string
  readonly drop: () => Promise<void>
}

async function opened(parts: ModelParts, { place, version, own, drop, ...observers }: Opening): Promise<ServedModel> {
  const file = join(own, 'model.onnx')
  await place.artifacts.materialize(fileOf(version, 'model.onnx'), file)
  const past = await openPast(parts, { place, own })
  try {
    const scorer = await startScorer({ path: file, signature: parts.signature }, observers)
    const close = async (): Promise<void> => {
      await scorer.close()
      await past?.close()
      await drop()
    }
    return servedModel(parts, { scorer, past, close })
  } catch (error) {
    await past?.close()
    throw error
  }
}

async function partsOf({ artifacts }: Place, served: Served, version: ModelVersion): Promise<ModelParts> {
  const read = async (digest: Digest): Promise<unknown> =>
    JSON.parse(Buffer.from(await artifacts.get(digest)).toString())
  const { spec } = featuresFile.parse(await read(fileOf(version, 'features.json')))
  const { classes } = trainingFile.parse(await read(fileOf(version, 'training.json')))
  // A plan is stored by the engine only, and named by the signed generation.
  const { operation } = (await read(served.plan)) as Plan
  const { features, from, contracts } = spec
  const columns = features.map(({ name, type }) => ({ name, type }))
  const { task } = version
  return {
    served,
    contract: contractOf(operation.contracts, from),
    contracts: operation.contracts,
    features,
    expressions: onlineExpressions({ features, contracts }),
    signature: { task, classes, features: columns },
  }
}

function contractOf(contracts: readonly ContractSpec[], name: string): ContractSpec {
  const found = contracts.find((contract) => contract.name === name)
  if (found !== undefined) return found
  throw refused(`plan: expected the contract "${name}" that the model's features read, got none`)
}

function fileOf({ files }: ModelVersion, wanted: string): Digest {
  const found = files.find(({ name }) => name === wanted)
  if (found !== undefined) return found.digest
  throw refused(`model: expected a file ${wanted}, got none`)
}

/** Null where no feature looks into the past. */
async function openPast(
  { served, features, contracts, expressions }: ModelParts,
  { place: { artifacts }, own: folder }: { readonly place: Place; readonly own: string },
): Promise<FollowedPast | null> {
  if (pastNodes(features.map(({ expression }) => expression)).length === 0) return null
  if (served.features === null) {
    throw refused(`${served.model}@${served.version}: expected online features, since its own look back, got none`)
  }
  const file = join(folder, 'online-features')
  await artifacts.materialize(served.features, file)
  const open = (path: string): OnlineFeatures => openOnlineFeatures(path, { features, contracts })
  return new FollowedPast({ expressions, own: open(file), open, artifacts, folder })
}

function refused(message: string): ServingError {
  return new ServingError('not-loadable', message)
}
