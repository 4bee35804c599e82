import type { FileRef } from '../data/dataset.ts'
import type { PlanNode } from '../dsl/plan.ts'
import type { ModelVersion } from '../store/model-version.ts'
import type { Registry } from '../store/registry.ts'
import { generationOf, newestOf, type StateReader } from './canary/service-state.ts'
import type { Incumbent } from './incumbent.ts'
import { outputAs } from './node-scope.ts'
import { incumbentRecipe, type Recipe, type Trained } from './recipes.ts'
import type { Scope } from './resolve-binding.ts'

interface IncumbentAt {
  readonly node: Extract<PlanNode, { readonly kind: 'incumbent' }>
  readonly scope: Scope
}

export interface IncumbentReader extends StateReader {
  readonly registry: Registry
}

/**
 * The version that the service's next model has to beat at this moment: the newest one that it answered by, or where it
 * answers by none yet the newest one registered for it. Never one of those just trained, so that a run that is repeated
 * compares as it did the first time. Reads the service's state and the registry.
 */
export async function incumbentAt({ node, scope }: IncumbentAt, reader: IncumbentReader): Promise<Recipe<Incumbent>> {
  const trained = new Set(node.needs.map((id) => outputAs<Trained>(scope, id).model.$file))
  const isOther = (version: ModelVersion): boolean => !trained.has(onnxOf(version) ?? '')
  const { service } = node.spec
  const served = await servedLast(reader, service, isOther)
  const versions = served === undefined ? await versionsFor(reader.registry, service) : [served]
  return incumbentRecipe(incumbentOf(versions.findLast(isOther)))
}

/** Goes back from the newest generation. */
async function servedLast(
  reader: IncumbentReader,
  service: string,
  isOther: (version: ModelVersion) => boolean,
): Promise<ModelVersion | undefined> {
  for (let at = await newestOf(reader, service); at !== null;) {
    const { stable, generation } = at.state
    const found = stable === null ? undefined : await reader.registry.find(stable.model, stable.version)
    if (found !== undefined && isOther(found)) return found
    at = generation === 1 ? null : await generationOf(reader, service, generation - 1)
  }
  return undefined
}

/** Of all models that stand for the service; the one registered last comes last. */
async function versionsFor(registry: Registry, service: string): Promise<readonly ModelVersion[]> {
  const newest = await registry.list()
  const all = await Promise.all(newest.map(({ model }) => registry.versions(model)))
  const own = all.flat().filter((version) => version.service === service)
  return own.toSorted((one, other) => (one.registeredAt < other.registeredAt ? -1 : 1))
}

function onnxOf({ files }: ModelVersion): string | undefined {
  return files.find(({ name }) => name === 'model.onnx')?.digest
}

function incumbentOf(entry: ModelVersion | undefined): Incumbent {
  if (entry === undefined) return { version: null }
  const { model, version, rootDigest, files } = entry
  const fileAt = (wanted: string): FileRef & { readonly name: string } => {
    const { digest = '', name = wanted } = files.find((file) => file.name === wanted) ?? {}
    return { $file: digest, name }
  }
  const [onnx, training, features] = [fileAt('model.onnx'), fileAt('training.json'), fileAt('features.json')]
  return { model, version, rootDigest, onnx, training, features }
}
