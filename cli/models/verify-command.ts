import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { loadSettings, type Settings } from '../../config/settings.ts'
import { errnoOf } from '../../store/errors.ts'
import { nameOf } from '../../store/model-version.ts'
import type { TrustedKeys } from '../../store/signing/dsse.ts'
import type { Fault } from '../../store/signing/fault.ts'
import type { Registry, VerifyOptions } from '../../store/registry.ts'
import { keyIdOf, publicKeyOf, trusted } from '../../store/signing/keys.ts'
import { chainsOnceSealed, missingHeads } from '../../store/verify-audit.ts'
import { verifyExport } from '../../store/verify-export.ts'
import { paint, wantsColour } from '../colour.ts'
import { CliError } from '../errors.ts'
import { registryOf, requireName, type ModelName } from './registry-of.ts'

export interface VerifyFlags {
  /** File of a public key. */
  readonly key?: string
  readonly json?: boolean
}

/** One thing that was looked at. */
interface Verified {
  /** `flight-delay@3`, or the folder as it was given. */
  readonly subject: string
  readonly signedBy?: string
  /** How many were read and hashed; absent where only the entry in the registry was looked at. */
  readonly files?: number
  readonly faults: readonly Fault[]
}

/** Exit code where something is not what was signed, as for a broken store. */
const NOT_VERIFIED = 4

/** `anneal verify [NAME[@VERSION] | DIR]`: answers the exit code. Writes nothing but its report. Throws `usage`, `model-unknown`, `file-missing`. */
export async function verifyCommand(what: string | undefined, { key, json = false }: VerifyFlags): Promise<number> {
  const settings = loadSettings()
  const keys = await trustedKeys(settings, key)
  const verified = await verify(what, { settings, keys })
  const text = json ? JSON.stringify(verified) : reportText(verified, { colour: wantsColour(process.stdout) })
  process.stdout.write(`${text}\n`)
  return verified.every(({ faults }) => faults.length === 0) ? 0 : NOT_VERIFIED
}

async function trustedKeys({ keys }: Settings, file: string | undefined): Promise<TrustedKeys> {
  const known = await trusted(keys)
  if (file === undefined) return known
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new CliError('file-missing', {
      message: `${file}: expected a public key, got ${errnoOf(cause) ?? 'an unknown error'}`,
      remedy: 'check the path: it counts from the folder you are in',
      cause,
    })
  })
  const key = publicKeyOf(text, 'public key of --key')
  return new Map([...known, [keyIdOf(key), key]])
}

interface Scope {
  readonly settings: Settings
  readonly keys: TrustedKeys
}

async function verify(what: string | undefined, { settings, keys }: Scope): Promise<readonly Verified[]> {
  if (what !== undefined && isFolder(what)) return [await verifyFolder(what, keys)]
  const { models, objects } = registryOf(settings)
  const sealed = what === undefined ? await chainsOnceSealed(objects, { keys, folder: 'registry' }) : []
  const names =
    what === undefined
      ? [...new Set([...(await models.names()), ...sealed])].map((model) => ({ model }))
      : [await requireName(models, what)]
  const verified: Verified[] = []
  for (const name of names) {
    const faults = await missingHeads(objects, { keys, chain: `registry/${name.model}` })
    if (faults.length > 0) verified.push({ subject: name.model, faults })
    verified.push(...(await verifyOne(models, { ...name, keys })))
  }
  return verified
}

/** Names of models hold no `/`: a folder beside is `./folder`. */
function isFolder(what: string): boolean {
  return what.includes('/') || what === '.' || what === '..'
}

async function verifyFolder(folder: string, keys: TrustedKeys): Promise<Verified> {
  const found = await stat(folder).catch(() => undefined)
  if (found?.isDirectory() === true) return { subject: folder, ...(await verifyExport(resolve(folder), { keys })) }
  throw new CliError('file-missing', {
    message: `${folder}: expected an exported folder, got ${found === undefined ? 'nothing' : 'a file'}`,
    remedy: 'check the path: it counts from the folder you are in; `anneal models export` makes such a folder',
  })
}

async function verifyOne(
  models: Registry,
  { model, ...options }: ModelName & VerifyOptions,
): Promise<readonly Verified[]> {
  // Nothing where a registration was cut off before its first version.
  if ((await models.head(model)) === 0) return []
  const { versions } = await models.verify(model, options)
  return versions.map(({ version, ...check }) => Object.assign(check, { subject: nameOf({ model, version }) }))
}

function reportText(verified: readonly Verified[], options: { readonly colour: boolean }): string {
  if (verified.length === 0) return 'no models yet: nothing to verify'
  return verified.flatMap((one) => lines(one, options)).join('\n')
}

function lines(
  { subject, signedBy, files, faults }: Verified,
  options: { readonly colour: boolean },
): readonly string[] {
  const looked = files === undefined ? 'entry' : `${files} ${files === 1 ? 'file' : 'files'}`
  const signed = signedBy === undefined ? '' : `, signed by ${signedBy.slice(0, 16)}`
  const mark = faults.length === 0 ? paint('green', '✓', options) : paint('red', '✗', options)
  const told =
    faults.length === 0 ? `${looked}${signed}` : `${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}`
  return [`${mark} ${subject}  ${told}`, ...faults.flatMap((fault) => faultLines(fault, options))]
}

export function faultLines(fault: Fault, options: { readonly colour: boolean }): readonly string[] {
  return (['file', 'expected', 'got', 'remedy'] as const).map(
    (title) => `  ${paint('dim', title.padEnd(9), options)} ${fault[title]}`,
  )
}
