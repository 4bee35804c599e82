import { stat } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { glob } from 'tinyglobby'
import type { SourceListing, SourcePart } from '../data/dataset.ts'
import type { Json, PlanNode } from '../dsl/plan.ts'
import { fileDigest } from '../store/artifacts.ts'
import { ActivityError } from './errors.ts'
import { inLanes } from './in-lanes.ts'
import { sourceRecipe, type Recipe } from './recipes.ts'
import { resolveBinding, type Scope } from './resolve-binding.ts'

interface SourceAt {
  readonly node: Extract<PlanNode, { readonly kind: 'source' }>
  readonly scope: Scope
}

/** What a source has at this moment. Reads the project folder. Throws `source-empty`, `source-outside`. */
export async function sourceAt(
  { node, scope }: SourceAt,
  { projectFolder }: { readonly projectFolder: string },
): Promise<Recipe<SourceListing>> {
  const { source, at } = node.spec
  return sourceRecipe(await listSource(source, { at: resolveBinding(at, scope), projectFolder }))
}

/** `at`: a glob, or a file that a step made. */
async function listSource(
  name: string,
  { at, projectFolder }: { readonly at: Json; readonly projectFolder: string },
): Promise<SourceListing> {
  if (typeof at !== 'string') return { source: name, at: 'store', parts: [storedPart(at)] }
  const names = await filesAt(name, at, projectFolder)
  const work = (part: string): Promise<SourcePart> => partOf(projectFolder, part)
  return { source: name, at: 'project', parts: await inLanes(names, { lanes: 4, work }) }
}

async function filesAt(name: string, pattern: string, projectFolder: string): Promise<readonly string[]> {
  const subject = `source "${name}"`
  if (isAbsolute(pattern) || pattern.split('/').includes('..')) {
    const got = isAbsolute(pattern) ? 'an absolute path' : 'one with ".."'
    const message = `${subject}: expected a glob inside the project, got ${got}; link or copy the files into the project`
    throw new ActivityError('source-outside', { message, retry: false })
  }
  const names = await glob(pattern, { cwd: projectFolder, onlyFiles: true, expandDirectories: false })
  if (names.length > 0) return names.toSorted()
  const message = `${subject}: expected files at "${pattern}", got none; put them there or correct the glob, which starts at the project folder`
  throw new ActivityError('source-empty', { message, retry: false })
}

async function partOf(projectFolder: string, name: string): Promise<SourcePart> {
  const path = join(projectFolder, name)
  const [digest, { size }] = await Promise.all([fileDigest(path), stat(path)])
  return { name, digest, bytes: size }
}

/** What `collectFiles` made of a step's file. */
function storedPart(at: Json): SourcePart {
  const { $file, name, size } = at as { readonly $file: string; readonly name: string; readonly size?: number }
  return { name, digest: $file, bytes: size ?? 0 }
}
