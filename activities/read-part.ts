import { join } from 'node:path'
import type { SourcePart } from '../data/dataset.ts'
import type { IngestedPart } from '../data/source-rows.ts'
import type { NodePolicy } from '../dsl/plan.ts'
import { fileDigest } from '../store/artifacts.ts'
import { dataCall } from './data-call.ts'
import type { Engine } from './engine.ts'
import { ActivityError } from './errors.ts'
import { ingestPartOf } from './node-recipes.ts'
import { plain } from './plain.ts'
import { publishValue, type Attempt, type Publication } from './publish-once.ts'
import type { IngestInput } from './recipes.ts'
import { callUnit, type UnitCall } from './unit-call.ts'

export interface Reading {
  readonly engine: Engine
  readonly input: IngestInput
  readonly place: Omit<Publication, 'key'>
  readonly policy: NodePolicy
  readonly attempt: Pick<Attempt, 'signal'>
}

/** One part, of whichever run reads it first. Throws `source-changed`, and the codes of the child and of StoreError. */
export async function readPart(
  { engine, input, place, policy, attempt }: Reading,
  part: SourcePart,
): Promise<IngestedPart> {
  const { key, input: made } = ingestPartOf(input, part)
  const value = await publishValue(engine, { ...place, key, signal: attempt.signal }, async (inner) => {
    const { local, ...code } = dataCall(engine, 'ingest-part')
    const { input: given, local: file = {} } = filesOf(engine, input, made)
    const call = { ...code, node: place.node, key, policy, input: given, local: { ...local, ...file } }
    const output = await callUnit(engine, call, inner)
    if (input.listing.at === 'project') await expectUnchanged(engine, part)
    return output
  })
  // Published by this activity: what `ingestPart` answered, with files by digest.
  return value as unknown as IngestedPart
}

/** A file of the project is read where it is; its digest is looked at again afterwards. */
function filesOf(
  engine: Engine,
  { listing }: IngestInput,
  made: { readonly part: SourcePart },
): Pick<UnitCall, 'input' | 'local'> {
  const { digest, name } = made.part
  return listing.at === 'store'
    ? { input: plain({ ...made, file: { $file: digest, name } }) }
    : { input: plain(made), local: { file: { $file: join(engine.projectFolder, name) } } }
}

async function expectUnchanged({ projectFolder }: Engine, { name, digest }: SourcePart): Promise<void> {
  const found = await fileDigest(join(projectFolder, name))
  if (found === digest) return
  const message = `source file "${name}": expected sha256 ${digest} as it was listed, got ${found}; leave files as they are during a run, and run again`
  throw new ActivityError('source-changed', { message, retry: false })
}
