import { randomUUID } from 'node:crypto'
import { linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { type DevRecord, devRecordFile, readDevRecord } from '../../config/dev-record.ts'
import { isAlive, ownIdentity, type ProcessIdentity } from '../../store/process-identity.ts'
import { CliError } from '../errors.ts'

/**
 * Takes the project's place for one running `anneal dev`. A record whose owner is gone is replaced, and whatever of it
 * still runs is ended. Throws `CliError` `already-running`.
 */
export function takeDevRecord(stateFolder: string): void {
  mkdirSync(stateFolder, { recursive: true })
  const before = readDevRecord(stateFolder)
  if (before && isAlive(before.owner) !== false) throw alreadyRunning(before)
  for (const left of [before?.gateway, before?.worker, before?.server]) endGroup(left)
  const path = devRecordFile(stateFolder)
  rmSync(path, { force: true })
  const own = written({ owner: ownIdentity(), state: 'starting' }, path)
  try {
    linkSync(own, path)
  } catch (cause) {
    // Another process started at the same moment and was first.
    throw alreadyRunning(readDevRecord(stateFolder), cause)
  } finally {
    rmSync(own, { force: true })
  }
}

/** Says what runs where. The owner stays this process. */
export function updateDevRecord(stateFolder: string, record: Omit<DevRecord, 'owner'>): void {
  const path = devRecordFile(stateFolder)
  renameSync(written({ ...record, owner: ownIdentity() }, path), path)
}

export function dropDevRecord(stateFolder: string): void {
  rmSync(devRecordFile(stateFolder), { force: true })
}

function written(record: DevRecord, path: string): string {
  const file = `${path}.${randomUUID()}`
  writeFileSync(file, `${JSON.stringify(record, undefined, 2)}\n`)
  return file
}

function alreadyRunning(record: DevRecord | undefined, cause?: unknown): CliError {
  const pid = record ? ` (pid ${record.owner.pid}${record.address ? `, Temporal at '${record.address}'` : ''})` : ''
  return new CliError('already-running', {
    message: `anneal dev: expected none to run in this project, got one that does${pid}`,
    remedy: 'use that one, or stop it with Ctrl-C where it runs',
    cause,
  })
}

function endGroup(identity: ProcessIdentity | undefined): void {
  if (identity === undefined || isAlive(identity) !== true) return
  try {
    process.kill(-identity.pid, 'SIGKILL')
  } catch {
    // It ended by itself in between.
  }
}
