import type { Settings } from '../../config/settings.ts'
import type { ModelVersion } from '../../store/model-version.ts'
import { openStore, type OpenStore } from '../../store/open-store.ts'
import { registry, type Registry } from '../../store/registry.ts'
import { CliError } from '../errors.ts'

export interface RegistryStore extends OpenStore {
  readonly models: Registry
}

export function registryOf({ store }: Settings): RegistryStore {
  const open = openStore(store)
  return { ...open, models: registry(open.objects, open.artifacts) }
}

export interface ModelName {
  readonly model: string
  readonly version?: number
}

/** `flight-delay` or `flight-delay@3`. Throws `usage`. */
function parseModelName(text: string): ModelName {
  const [, model, version] = /^([a-z][a-z0-9-]*)(?:@([1-9]\d{0,8}))?$/.exec(text) ?? []
  if (model !== undefined) return version === undefined ? { model } : { model, version: Number(version) }
  throw new CliError('usage', {
    message: `"${text}" names no version of a model`,
    expected: 'a name, or a name and a version: "flight-delay", "flight-delay@3"',
    got: `"${text}"`,
    remedy: 'list the models with `anneal models`',
  })
}

/** A version of the registry, by default the latest one. Throws `usage`, `model-unknown`. */
export async function requireModel(models: Registry, text: string): Promise<ModelVersion> {
  const { model, version } = await requireName(models, text)
  const found = await models.find(model, version)
  if (found === undefined) throw modelUnknown(text, 0)
  return found
}

/** The name of a version that is there, whatever its entry looks like. Throws `usage`, `model-unknown`. */
export async function requireName(models: Registry, text: string): Promise<ModelName> {
  const name = parseModelName(text)
  const head = await models.head(name.model)
  if (head === 0 || (name.version ?? 1) > head) throw modelUnknown(text, head)
  return name
}

function modelUnknown(text: string, head: number): CliError {
  return new CliError('model-unknown', {
    message: `"${text}" is not in the registry`,
    expected: head === 0 ? 'a model of the registry' : `a version from 1 to ${head}`,
    got: `"${text}"`,
    remedy: 'list the models with `anneal models`',
  })
}
