import type { FileRef } from '../../data/dataset.ts'
import type { Reference, ReferenceInput } from '../../data/training-reference.ts'
import { dataCall } from '../data-call.ts'
import type { Engine } from '../engine.ts'
import { readJson } from '../order.ts'
import { plain } from '../plain.ts'
import { publishValue, type Publication } from '../publish-once.ts'
import type { Recipe } from '../recipes.ts'
import { callUnit, type UnitCall } from '../unit-call.ts'

export interface KnownReference {
  readonly key: string
  readonly file: FileRef
  readonly reference: Reference
}

interface Making {
  readonly place: Omit<Publication, 'key'>
  readonly policy: UnitCall['policy']
}

/** What a version was trained on, in bins: made once. Null where its feature table is not in the store any more. */
export async function windowReference(
  engine: Engine,
  { key, input }: Recipe<ReferenceInput>,
  { place, policy }: Making,
): Promise<KnownReference | null> {
  const isMade = (await engine.results.find(key)) !== undefined
  if (!isMade && !(await engine.artifacts.has(input.table.file.$file))) return null
  const made = await publishValue(engine, { ...place, key }, (attempt) => {
    const call = { ...dataCall(engine, 'reference'), node: place.node, key, policy, once: true }
    return callUnit(engine, { ...call, input: plain(input) }, attempt)
  })
  // What `trainingReference` answers.
  const { reference: file } = made as unknown as { readonly reference: FileRef }
  return { key, file, reference: await readJson<Reference>(engine.artifacts, file.$file) }
}
