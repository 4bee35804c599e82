import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { isAlive, type ProcessIdentity } from '../store/process-identity.ts'

const identity = z.object({ host: z.string(), pid: z.int().positive(), startedAt: z.string() })

const record = z.object({
  owner: identity,
  /** `starting` has no address yet. */
  state: z.enum(['starting', 'ready']),
  address: z.string().optional(),
  namespace: z.string().optional(),
  uiUrl: z.string().optional(),
  gatewayUrl: z.string().optional(),
  /** Absent where the server is not ours, or between two of its lives. */
  server: identity.optional(),
  worker: identity.optional(),
  gateway: identity.optional(),
})

/** What a running `anneal dev` says about itself in `dev.json` of the state folder. */
export type DevRecord = Readonly<z.infer<typeof record>>

export function devRecordFile(stateFolder: string): string {
  return join(stateFolder, 'dev.json')
}

/** The record, be its owner alive or not; `undefined` where there is none that can be read. */
export function readDevRecord(stateFolder: string): DevRecord | undefined {
  try {
    return record.parse(JSON.parse(readFileSync(devRecordFile(stateFolder), 'utf8')))
  } catch {
    // Absent, or half of it lost in a power cut: nobody runs, either way.
    return undefined
  }
}

/** The record of an `anneal dev` that runs at this moment. */
export function liveDevRecord(stateFolder: string): DevRecord | undefined {
  const found = readDevRecord(stateFolder)
  return found && isAlive(found.owner) !== false ? found : undefined
}

/** A process identity from its JSON; `undefined` for anything else. */
export function parseIdentity(text: string): ProcessIdentity | undefined {
  try {
    return identity.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
