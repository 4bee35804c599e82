import { readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { approverName, readApprovers, writeRevocation, type Approver, type Approvers } from '../../store/approvers.ts'
import { sealHeads } from '../../store/audit-heads.ts'
import { errnoOf } from '../../store/errors.ts'
import { loadSigner, pemOf, publicKeyOf } from '../../store/signing/keys.ts'
import { wantsColour } from '../colour.ts'
import { CliError } from '../errors.ts'
import { shortTime, table } from '../models/table.ts'
import { auditStore } from './audit-store.ts'
import { enrol } from './enrol.ts'

export interface EnrolFlags {
  readonly role: readonly string[]
  /** File of a public key. Default: a key is made in the keys folder. */
  readonly publicKey?: string
}

/** `anneal approver enroll PERSON`, signed by the installation's key. Throws `usage`, `enrolment-refused`, `file-missing`, `signing-key-…`. */
export async function enrolCommand(person: string, { role: roles, publicKey }: EnrolFlags): Promise<void> {
  for (const name of [person, ...roles]) requireName(name)
  const pem = publicKey === undefined ? undefined : await readKey(publicKey)
  const keyId = await enrol(await auditStore(), { person, roles, ...(pem !== undefined && { publicKey: pem }) })
  process.stdout.write(`enrolled ${person} as ${roles.join(', ')}, key ${keyId.slice(0, 16)}\n`)
}

/** `anneal approver revoke PERSON`: each of the person's keys. Throws `enrolment-refused`. */
export async function revokeCommand(person: string, { reason }: { readonly reason: string }): Promise<void> {
  const store = await auditStore()
  const approvers = await readApprovers(store.log, store.keys)
  const counting = [...approvers.byKeyId.values()].filter((one) => one.person === person && one.revoked === undefined)
  if (counting.length === 0) throw noKeys(person, approvers)
  const writing = { signer: await loadSigner(store.settings.keys), by: userInfo().username }
  for (const { keyId } of counting) await writeRevocation(store.log, { person, keyId, reason }, writing)
  await sealHeads(store.objects, { ...writing, log: store.log })
  process.stdout.write(`revoked ${person}: ${counting.map(({ keyId }) => `key ${keyId.slice(0, 16)}`).join(', ')}\n`)
}

/** `anneal approver list`. */
export async function approversCommand({ json = false }: { readonly json?: boolean }): Promise<void> {
  const { log, keys } = await auditStore()
  const approvers = [...(await readApprovers(log, keys)).byKeyId.values()]
  const listed = approvers.map(({ publicKey, ...approver }) => Object.assign(approver, { publicKey: pemOf(publicKey) }))
  process.stdout.write(`${json ? JSON.stringify(listed) : listText(approvers)}\n`)
}

function requireName(name: string): void {
  const parsed = approverName.safeParse(name)
  if (parsed.success) return
  throw new CliError('usage', {
    message: `"${name}" names no person and no role`,
    expected: 'a name of a-z, 0-9 and "-", at most 63',
    got: `"${name}"`,
    remedy: 'write it in lower case, without spaces: no address and nothing personal, since it stands in histories',
  })
}

async function readKey(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new CliError('file-missing', {
      message: `${file}: expected a public key, got ${errnoOf(cause) ?? 'an unknown error'}`,
      remedy: 'check the path: it counts from the folder you are in',
      cause,
    })
  })
  return pemOf(publicKeyOf(text, 'public key of --public-key'))
}

function noKeys(person: string, { byKeyId }: Approvers): CliError {
  const known = [...new Set([...byKeyId.values()].map((approver) => approver.person))]
  return new CliError('enrolment-refused', {
    message: `"${person}" has no key that counts`,
    expected: known.length === 0 ? 'an enrolled person' : known.join(', '),
    got: `"${person}"`,
    remedy: 'see who is enrolled with `anneal approver list`',
  })
}

function listText(approvers: readonly Approver[]): string {
  if (approvers.length === 0) return 'nobody is enrolled yet: `anneal approver enroll PERSON --role ROLE`'
  const rows = approvers.map(({ person, roles, keyId, enrolledAt, demo, revoked }) => [
    demo === true ? `${person} (demo)` : person,
    roles.join(', '),
    keyId.slice(0, 16),
    shortTime(enrolledAt),
    revoked === undefined ? '' : `${shortTime(revoked.at)}: ${revoked.reason}`,
  ])
  const head = ['person', 'roles', 'key', 'enrolled', 'revoked']
  return table(rows, { head, colour: wantsColour(process.stdout) }).join('\n')
}
