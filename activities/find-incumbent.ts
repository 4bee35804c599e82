import type { FileRef } from '../data/dataset.ts'
import type { PlanNode } from '../dsl/plan.ts'
import type { ModelVersion } from '../store/model-version.ts'
import type { Registry } from '../store/registry.ts'
import type { Incumbent } from './incumbent.ts'
import { outputAs } from './node-scope.ts'
import { incumbentRecipe, type Recipe, type Trained } from './recipes.ts'
import type { Scope } from './resolve-binding.ts'

interface IncumbentAt {
  readonly node: Extract<PlanNode, { readonly kind: 'incumbent' }>
  readonly scope: Scope
}

/** The version that the service's next model has to beat at this moment. Reads the registry. */
export async function incumbentAt(
  { node, scope }: IncumbentAt,
  { registry }: { readonly registry: Registry },
): Promise<Recipe<Incumbent>> {
  const trained = new Set(node.needs.map((id) => outputAs<Trained>(scope, id).model.$file))
  const versions = await versionsFor(registry, node.spec.service)
  const others = versions.filter((version) => !trained.has(onnxOf(version) ?? ''))
  return incumbentRecipe(incumbentOf(others.at(-1)))
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
