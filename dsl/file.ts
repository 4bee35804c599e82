import { z } from 'zod'
import { reference, type Ref } from './reference.ts'

/**
 * A file. Where a step reads one, `$file` is a path on the machine it runs on; where a step returns one, a path in its
 * own folder.
 */
export type LocalFile = { readonly $file: string }

/** The schema of a file, for a step's input or output. */
export function localFile(): z.ZodType<LocalFile, LocalFile> {
  return z.object({ $file: z.string().min(1) })
}

/** A file that is packed with the plan. The path is relative to the pipeline's file. */
export function file(path: string): Ref<LocalFile> {
  return reference<LocalFile>({ from: 'file', name: path })
}
