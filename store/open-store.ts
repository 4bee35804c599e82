import { artifacts, type Artifacts } from './artifacts.ts'
import { folderStore, type FolderStore } from './folder-store.ts'
import { results, type Results } from './results.ts'

/** A store and what is kept in it. */
export interface OpenStore {
  readonly objects: FolderStore
  readonly artifacts: Artifacts
  readonly results: Results
}

/** Opens the store in a folder. Nothing is written before the first put. */
export function openStore(folder: string): OpenStore {
  const objects = folderStore(folder)
  const files = artifacts(objects)
  return { objects, artifacts: files, results: results(objects, files) }
}
