import { readFile } from 'node:fs/promises'
import type { FileRef } from '../../data/dataset.ts'
import type { Reference } from '../../data/training-reference.ts'
import type { LabelledRow } from '../canary/labelled-rows.ts'
import type { Reading } from '../canary/judge-quality.ts'
import { floorsOf, type FloorOf } from './judge-drift.ts'
import { judgeWindow, type JudgedWindow, type WindowInput } from './judge-window.ts'
import type { LabelledSample } from './step-sample.ts'

/** A window's input as it travels to a child: what is large lies in files. */
export interface WindowFiles extends Omit<WindowInput, 'reference' | 'quality'> {
  /** `key` names its content. */
  readonly reference: { readonly key: string; readonly file: FileRef } | null
  readonly quality: Pick<WindowInput['quality'], 'isWhole' | 'end'> & {
    readonly reading: Reading
    /** Whose rows count: `flight-delay@3`. */
    readonly model: string
    readonly files: readonly FileRef[]
  }
}

interface Kept {
  readonly reference: Reference
  readonly floorOf: FloorOf
}

/** Judges windows. References with their floors are kept, the latest ones: the next window has the same. */
export function windowJudge(): (files: WindowFiles) => Promise<JudgedWindow> {
  const kept = new Map<string, Kept>()
  const known = async ({ reference, spec }: WindowFiles): Promise<Kept | null> => {
    if (reference === null) return null
    const { drift, falseAlarms } = spec
    const key = JSON.stringify([reference.key, drift, falseAlarms])
    const found = kept.get(key) ?? (await keptOf(reference.file, spec))
    if (!kept.has(key) && kept.size >= MOST_KEPT) kept.clear()
    kept.set(key, found)
    return found
  }
  return async (files) => {
    const { quality, ...rest } = files
    const training = await known(files)
    const { isWhole, end, reading, model } = quality
    const rows = (await Promise.all(quality.files.map((file) => rowsOf(file, model)))).flat()
    const input = {
      ...rest,
      reference: training?.reference ?? null,
      quality: { isWhole, end, side: { ...reading, rows } },
    }
    return judgeWindow(input, training?.floorOf ?? (() => 0))
  }
}

const MOST_KEPT = 8

async function keptOf({ $file }: FileRef, spec: WindowInput['spec']): Promise<Kept> {
  // Written by `trainingReference`.
  const reference = JSON.parse(await readFile($file, 'utf8')) as Reference
  return { reference, floorOf: floorsOf(reference, spec) }
}

async function rowsOf({ $file }: FileRef, model: string): Promise<readonly LabelledRow[]> {
  // Written by `evaluateWindow`.
  const { versions, labels, predictions } = JSON.parse(await readFile($file, 'utf8')) as LabelledSample
  return labels.flatMap((label, at) =>
    versions[at] === model ? [{ label, prediction: predictions[at] ?? [], weight: 1 }] : [],
  )
}
