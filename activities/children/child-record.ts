import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Digest } from '../../dsl/plan.ts'
import { ownIdentity, type ProcessIdentity } from '../../store/process-identity.ts'

/** What is written down of a child while it lives, for whoever finds its worker dead. */
export interface ChildRecord {
  readonly child: ProcessIdentity
  readonly worker: ProcessIdentity
  /** Its latest one. */
  readonly call?: RecordedCall
}

export interface RecordedCall {
  /** Of the result that it is for. */
  readonly key: Digest
  /** Absolute. */
  readonly workFolder: string
}

/** The record of one living child: `<folder>/children/<pid>-<start>.json`. */
export interface OpenRecord {
  write(call: RecordedCall): void
  remove(): void
}

export function recordsFolder(folder: string): string {
  return join(folder, 'children')
}

export function openRecord(folder: string, child: ProcessIdentity): OpenRecord {
  mkdirSync(recordsFolder(folder), { recursive: true })
  const path = join(recordsFolder(folder), `${child.pid}-${child.startedAt}.json`)
  const file = openSync(path, 'w')
  let longest = 0
  const write = (record: ChildRecord): void => {
    // One write over the record before, which a kill cannot cut in two; spaces cover what was longer.
    const text = JSON.stringify(record).padEnd(longest)
    longest = text.length
    writeSync(file, text, 0)
  }
  const identities = { child, worker: ownIdentity() }
  write(identities)
  return {
    write: (call) => write({ ...identities, call }),
    remove: () => {
      closeSync(file)
      rmSync(path, { force: true })
    },
  }
}
