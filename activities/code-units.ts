import { access, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Digest, PythonSpec, StepSpec, TaskSpec } from '../dsl/plan.ts'
import type { OpenStore } from '../store/open-store.ts'
import { unpackFolder } from '../store/pack.ts'
import { getSourceMap } from '../store/source-maps.ts'
import { pythonEnvironments } from './children/python-environment.ts'
import type { CodeUnit } from './children/unit.ts'

export interface CodeUnitFolders {
  /** Of this project; units are brought to `units/` in it. */
  readonly workFolder: string
  /** Of this machine: Python environments are made there. */
  readonly cacheFolder: string
}

/**
 * Brings a step's code from the store to this machine, verified, and with it the Python environment that its lock file
 * asks for. What is there already is used again, and looked at once a process.
 */
export function codeUnits(store: OpenStore, folders: CodeUnitFolders): (step: StepSpec) => Promise<CodeUnit> {
  const brought = new Map<Digest, Promise<string>>()
  const environmentOf = pythonEnvironments(folders.cacheFolder)
  const bring = (step: StepSpec): Promise<string> =>
    step.language === 'typescript' ? bringBundle(store, folders, step) : bringFolder(store, folders, step)
  return async (step) => {
    const place = brought.get(step.code) ?? bring(step)
    brought.set(step.code, place)
    place.catch(() => brought.delete(step.code))
    const path = await place
    // Asked each time: others of the machine may have removed it.
    return step.language === 'typescript'
      ? bundleAt(step, path)
      : scriptAt(step, { path, python: await environmentOf(path) })
  }
}

function bundleAt({ code }: TaskSpec, path: string): CodeUnit {
  return { language: 'typescript', digest: code, file: path, sourceMap: `${path}.map` }
}

/** `python`: the interpreter of the unit's own environment. */
function scriptAt(
  step: PythonSpec,
  { path, python }: { readonly path: string; readonly python: string | undefined },
): CodeUnit {
  const { code, script, inputSchema, outputSchema } = step
  const interpreter = python === undefined ? {} : { python }
  return { language: 'python', digest: code, folder: path, script, inputSchema, outputSchema, ...interpreter }
}

/** Answers its path. */
async function bringBundle(store: OpenStore, { workFolder }: CodeUnitFolders, { code }: TaskSpec): Promise<string> {
  const path = join(workFolder, 'units', `${code}.mjs`)
  if (await exists(path)) return path
  // Comes before the code, so that code which is there has had its map. Without one, errors name lines of the bundle.
  const map = await getSourceMap(store.objects, code)
  if (map !== undefined) {
    await mkdir(join(workFolder, 'units'), { recursive: true })
    await writeFile(`${path}.map`, map)
  }
  await store.artifacts.materialize(code, path)
  return path
}

/** Answers its path. */
async function bringFolder(
  { artifacts }: OpenStore,
  { workFolder }: CodeUnitFolders,
  { code }: PythonSpec,
): Promise<string> {
  const path = join(workFolder, 'units', code)
  await unpackFolder(artifacts, code, path)
  return path
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
