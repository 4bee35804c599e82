import { relative } from 'node:path'
import type { Settings } from '../../config/settings.ts'

/** Where a pipeline file belongs: messages and bundles name files from its root. */
export type Project = Pick<Settings, 'root' | 'stateFolder'>

/** How messages name a file: from the project's folder. */
export function shownPath(file: string, { root }: Project): string {
  return relative(root, file)
}
