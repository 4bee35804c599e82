import { lstatSync, realpathSync } from 'node:fs'
import { isAbsolute, join, relative, resolve } from 'node:path'
import { ActivityError } from '../errors.ts'
import type { ChildReport } from './protocol.ts'

/** What a call can go on from. */
export interface Checkpoint {
  readonly number: number
  /** Absolute. */
  readonly path: string
}

/** A reported checkpoint, or why it is refused: code names the file, and it might name any file of the machine. */
export function checkpointIn(
  workFolder: string,
  { number, file }: Extract<ChildReport, { readonly type: 'checkpoint' }>,
): Checkpoint | ActivityError {
  if (!Number.isSafeInteger(number) || number < 0) return refused('a number from 0 up', 'none')
  const path = typeof file === 'string' ? ownPath(workFolder, file) : undefined
  if (path === undefined) return refused("a file of the step's own folder", 'a path outside of it, a link or nothing')
  return { number, path }
}

function ownPath(workFolder: string, file: string): string | undefined {
  try {
    const root = realpathSync(workFolder)
    const path = join(root, relative(workFolder, resolve(workFolder, file)))
    const inside = relative(root, realpathSync(path))
    const found = lstatSync(path)
    const own = join(root, inside) === path && !inside.startsWith('..') && !isAbsolute(inside)
    return own && found.isFile() && found.nlink === 1 ? path : undefined
  } catch {
    return undefined
  }
}

function refused(expected: string, got: string): ActivityError {
  const message = `checkpoint: expected ${expected}, got ${got}; write it to the current folder`
  return new ActivityError('task-file-invalid', { message, retry: false })
}
