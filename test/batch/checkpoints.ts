import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Project } from '../engine/project.ts'

/** The numbers of the checkpoints that the store keeps, in order. */
export function checkpointsIn({ stateFolder }: Pick<Project, 'stateFolder'>): readonly number[] {
  const numbers = namesUnder(join(stateFolder, 'store/checkpoints')).flatMap((name) => /\.(\d+)$/.exec(name)?.[1] ?? [])
  return numbers.map(Number).toSorted((one, other) => one - other)
}

/** Of all files and folders under a folder; none where it is not there. */
export function namesUnder(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
  } catch {
    return []
  }
}
