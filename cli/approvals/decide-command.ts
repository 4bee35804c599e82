import { createInterface } from 'node:readline/promises'
import { sealDecision } from '../../store/decisions.ts'
import type { ApprovalRequest } from '../../store/approval-request.ts'
import { wantsColour } from '../colour.ts'
import { CliError } from '../errors.ts'
import { notVerified } from '../models/not-verified.ts'
import { registryOf, requireModel } from '../models/registry-of.ts'
import { shownModel, type ShownModel } from '../models/show-command.ts'
import { connectClient } from '../run/temporal-client.ts'
import { auditStore, type AuditStore } from './audit-store.ts'
import { awaitedRequest } from './awaited-request.ts'
import { decisionOn } from './decision-on.ts'
import { enrolledPerson } from './enrolled-person.ts'
import { requestText } from './request-text.ts'
import { decisionRefused, sendDecision } from './send-decision.ts'

export interface DecideFlags {
  readonly as: string
  readonly key?: string
  readonly comment?: string
  /** Milliseconds from now on, for which the decision may be sent. */
  readonly expires: number
  readonly yes?: boolean
  readonly print?: boolean
  readonly json?: boolean
}

/**
 * `anneal approve RUN`, `anneal reject RUN`: shows what is decided on, asks, signs and sends. Answers the exit code.
 * Throws `run-unknown`, `not-awaiting`, `not-enrolled`, `not-verified`, `decision-refused`.
 */
export async function decideCommand(
  run: string,
  { decision, ...flags }: DecideFlags & { readonly decision: 'approve' | 'reject' },
): Promise<number> {
  const store = await auditStore()
  const client = await connectClient(store.settings)
  try {
    const awaited = await awaitedRequest(client, run, store)
    const { request } = awaited
    const { person, signer } = await enrolledPerson(flags.as, { settings: store.settings, store, key: flags.key })
    const model = await verifiedModel(store, request)
    const text = requestText({ ...awaited, model }, { colour: wantsColour(process.stderr) })
    process.stderr.write(`${text}\n\n`)
    if (!(await isMeant(decision, flags))) return 1
    const envelope = sealDecision(decisionOn(request, { ...flags, decision, person }), signer)
    if (flags.print === true) return write(envelope)
    const answer = await sendDecision(awaited.handle, envelope)
    if (!answer.accepted) throw decisionRefused(answer.reason, answer.message)
    const { outcome, approvals, quorum } = answer.tally
    if (flags.json === true) return write(JSON.stringify(answer))
    return write(outcome === 'open' ? `counted: ${approvals} of ${quorum} approvals` : `counted: ${outcome}`)
  } finally {
    await client.connection.close()
  }
}

/** As it was signed into the registry; that it is what the request names is checked before anybody signs. */
async function verifiedModel({ settings }: AuditStore, request: ApprovalRequest): Promise<ShownModel> {
  const registered = registryOf(settings)
  const version = await requireModel(registered.models, `${request.model}@${request.version}`)
  const shown = await shownModel(registered, { settings, version })
  const differs = (['rootDigest', 'evidence'] as const).find((field) => version[field] !== request[field])
  if (differs === undefined) return shown
  const file = `registry/${version.model}/${version.version}`
  const [expected, got] = [request[differs], version[differs]]
  throw notVerified(version, { file, expected, got, remedy: 'do not approve: find out who can write to the store' })
}

/** Throws `usage` where there is nobody to ask. */
async function isMeant(decision: string, { yes = false }: DecideFlags): Promise<boolean> {
  if (yes) return true
  if (!process.stdin.isTTY) {
    throw new CliError('usage', {
      message: `${decision}: expected somebody to ask, got no terminal`,
      remedy: 'add --yes, if what is shown has been looked at',
    })
  }
  const asking = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await asking.question(`${decision}? y/N `)
  asking.close()
  return /^y(?:es)?$/i.test(answer.trim())
}

function write(line: string): 0 {
  process.stdout.write(`${line}\n`)
  return 0
}
