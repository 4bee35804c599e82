import { userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import type { SignedEntry } from '../../store/audit.ts'
import { ROOT, sealHeads } from '../../store/audit-heads.ts'
import { StoreError } from '../../store/errors.ts'
import { exportAudit, EXPORTED } from '../../store/export-audit.ts'
import { openStore } from '../../store/open-store.ts'
import { loadSigner, trusted } from '../../store/signing/keys.ts'
import { verifyAudit, type ChainCheck, type RootHead } from '../../store/verify-audit.ts'
import { paint, wantsColour } from '../colour.ts'
import { CliError } from '../errors.ts'
import { faultLines } from '../models/verify-command.ts'
import { table } from '../models/table.ts'
import { auditStore, type AuditStore } from './audit-store.ts'
import { entryText } from './entry-text.ts'

interface Json {
  readonly json?: boolean
}

/** Exit code where something is not what was signed, as for a broken store. */
const NOT_VERIFIED = 4

/** `anneal audit list [CHAIN]`: what was written down, verified. Throws StoreError `store-corrupt`. */
export async function auditListCommand(chain: string | undefined, { json = false }: Json): Promise<void> {
  const { log, keys } = await auditStore()
  const chains = chain === undefined ? await log.names() : [chain]
  const read = await Promise.all(chains.map((name) => log.entries(name, keys)))
  if (json) {
    const shown =
      chain === undefined ? chains.map((name, index) => ({ chain: name, entries: read[index]?.length })) : read[0]
    process.stdout.write(`${JSON.stringify(shown)}\n`)
    return
  }
  const lines = chain === undefined ? chainLines(chains, read) : entryLines(read[0] ?? [])
  process.stdout.write(`${lines.length === 0 ? 'nothing is written down yet' : lines.join('\n')}\n`)
}

export interface AuditVerifyFlags extends Json {
  readonly head?: string
  /** A folder that `anneal audit export` has written. Default: this project's store. */
  readonly from?: string
}

/** `anneal audit verify [--head NUMBER:DIGEST] [--from FOLDER]`: answers the exit code. Throws `usage`. */
export async function auditVerifyCommand({ head, from, json = false }: AuditVerifyFlags): Promise<number> {
  const { objects, keys } = await (from === undefined ? auditStore() : exportedAudit(resolve(from)))
  const checks = await verifyAudit(objects, { keys, ...(head !== undefined && { head: parseHead(head) }) })
  const options = { colour: wantsColour(process.stdout) }
  const lines = checks.flatMap((check) => checkLines(check, options))
  process.stdout.write(`${json ? JSON.stringify(checks) : lines.join('\n')}\n`)
  return checks.every(({ faults }) => faults.length === 0) ? 0 : NOT_VERIFIED
}

/** `anneal audit export FOLDER`. Throws `export-refused`, StoreError's `store-corrupt`. */
export async function auditExportCommand(folder: string): Promise<void> {
  const { objects, keys } = await auditStore()
  const copied = await exportAudit(objects, resolve(folder), keys).catch((error: unknown) => {
    throw error instanceof StoreError && error.code === 'export-refused' ? exportRefused(error) : error
  })
  process.stdout.write(
    `exported ${copied} entries to ${folder}\n  check it anywhere  anneal audit verify --from ${folder}\n`,
  )
}

function exportRefused(cause: StoreError): CliError {
  const [message = '', remedy = ''] = cause.message.split('; ')
  return new CliError('export-refused', { message, remedy, cause })
}

async function exportedAudit(folder: string): Promise<Pick<AuditStore, 'objects' | 'keys'>> {
  const keys = await trusted(join(folder, EXPORTED.keys))
  if (keys.size > 0) return { objects: openStore(join(folder, EXPORTED.store)).objects, keys }
  throw new CliError('usage', {
    message: '--from names no exported audit chains',
    expected: 'a folder that `anneal audit export` has written',
    got: 'one without keys',
    remedy: 'check the path: it counts from the folder you are in',
  })
}

/** `anneal audit head`: what to keep elsewhere, as `NUMBER:DIGEST`. Throws `not-verified`. */
export async function auditHeadCommand(): Promise<void> {
  const { log, keys } = await auditStore()
  const newest = (await log.entries(ROOT, keys)).at(-1)
  if (newest === undefined) {
    throw new CliError('usage', {
      message: 'the root chain has no entry yet',
      remedy: 'sign the heads of all chains with `anneal audit seal`',
    })
  }
  process.stdout.write(`${newest.entry.number}:${newest.digest}\n`)
}

/** `anneal audit seal`: signs the heads of all chains. Throws `signing-key-…`. */
export async function auditSealCommand(): Promise<void> {
  const { objects, log, settings } = await auditStore()
  const signer = await loadSigner(settings.keys)
  const { number, digest, created } = await sealHeads(objects, { signer, by: userInfo().username, log })
  process.stderr.write(`${created ? 'signed the heads of all chains' : 'nothing has changed since the last time'}\n`)
  process.stdout.write(`${number}:${digest}\n`)
}

function parseHead(text: string): RootHead {
  const [, number, digest] = /^([1-9]\d{0,8}):([0-9a-f]{64})$/.exec(text) ?? []
  if (number !== undefined && digest !== undefined) return { number: Number(number), digest }
  throw new CliError('usage', {
    message: '--head names no entry of the root chain',
    expected: 'what `anneal audit head` has printed: NUMBER:DIGEST',
    got: `"${text.slice(0, 64)}"`,
    remedy: 'give it as it was printed',
  })
}

function chainLines(chains: readonly string[], read: readonly (readonly SignedEntry[])[]): readonly string[] {
  if (chains.length === 0) return []
  const rows = chains.map((name, index) => {
    const entries = read[index] ?? []
    const newest = entries.at(-1)?.entry
    return [name, String(entries.length), newest?.kind ?? '', newest?.at ?? '']
  })
  const head = ['chain', 'entries', 'newest', 'at']
  return table(rows, { head, right: [1], colour: wantsColour(process.stdout) })
}

function entryLines(entries: readonly SignedEntry[]): readonly string[] {
  if (entries.length === 0) return []
  const rows = entries.map(({ entry }) => [String(entry.number), entry.at, entry.kind, entry.by, entryText(entry)])
  const head = ['', 'at', 'what', 'by', '']
  return table(rows, { head, right: [0], colour: wantsColour(process.stdout) })
}

function checkLines({ chain, entries, faults }: ChainCheck, options: { readonly colour: boolean }): readonly string[] {
  const mark = faults.length === 0 ? paint('green', '✓', options) : paint('red', '✗', options)
  const told = faults.length === 0 ? '' : `, ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}`
  const looked = entries === 0 ? 'heads' : `${entries} ${entries === 1 ? 'entry' : 'entries'}`
  return [`${mark} ${chain}  ${looked}${told}`, ...faults.flatMap((fault) => faultLines(fault, options))]
}
