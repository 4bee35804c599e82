import { z } from 'zod'
import type { ApprovalRequest } from './approval-request.ts'
import { approversOf } from './approvers.ts'
import type { AuditEntry } from './audit-entry.ts'
import type { SignedEntry } from './audit.ts'
import { judgeDecision, type Vote } from './judge-decision.ts'

/** What a `decided` entry holds. */
const decidedSchema = z.strictObject({
  nonce: z.string(),
  /** As the person signed it. */
  envelope: z.string(),
  /** How many entries of the chain of approvers it was judged by: a revocation after them comes too late for it. */
  approvers: z.int().min(0),
  /** Names the message that brought it: the same one, tried again, is no replay. */
  submission: z.string(),
})

export interface Tally {
  /** `withdrawn`: the run has moved to another plan, and asks anew. */
  readonly outcome: 'open' | 'approved' | 'rejected' | 'expired' | 'withdrawn'
  readonly votes: readonly CountedVote[]
  /** Approvals that count towards the quorum, which separation by role may make fewer than there are. */
  readonly approvals: number
  readonly quorum: number
}

export interface CountedVote extends Pick<Vote, 'decision' | 'person' | 'roles' | 'comment' | 'signed'> {
  /** Of its entry in the service's chain. */
  readonly number: number
  readonly at: string
  readonly submission: string
}

/** The chains that an approval's outcome is read from. */
export interface ApprovalChains {
  readonly service: readonly SignedEntry[]
  readonly approvers: readonly SignedEntry[]
}

export const CHOICES = ['approve', 'reject'] as const

/**
 * What a request has come to: a fold over the chain, the same for whoever reads it. Every decision is judged again as
 * of its entry. The first of these decides, and nothing after it counts: a rejection, the quorum, the close, the
 * withdrawal.
 */
export function tallyOf(request: ApprovalRequest, { service, approvers }: ApprovalChains): Tally {
  const votes: CountedVote[] = []
  const tally = (outcome: Tally['outcome']): Tally => {
    return { outcome, votes, approvals: approvalsOf(request, votes), quorum: request.quorum }
  }
  for (const { entry } of service) {
    if (entry.kind === 'closed' && entry.key === closedKey(request)) return tally('expired')
    if (entry.kind === 'withdrawn' && entry.key === withdrawnKey(request)) return tally('withdrawn')
    const vote = entry.kind === 'decided' ? voteOf(entry, { request, votes, approvers }) : undefined
    if (vote === undefined) continue
    votes.push(vote)
    if (vote.decision === 'reject') return tally('rejected')
    if (approvalsOf(request, votes) >= request.quorum) return tally('approved')
  }
  return tally('open')
}

export function closedKey({ nonce }: Pick<ApprovalRequest, 'nonce'>): string {
  return `closed:${nonce}`
}

export function withdrawnKey({ nonce }: Pick<ApprovalRequest, 'nonce'>): string {
  return `withdrawn:${nonce}`
}

interface Counting extends Pick<ApprovalChains, 'approvers'> {
  readonly request: ApprovalRequest
  readonly votes: readonly CountedVote[]
}

function voteOf(entry: AuditEntry, { request, votes, approvers }: Counting): CountedVote | undefined {
  const body = decidedSchema.safeParse(entry.body)
  if (!body.success || body.data.nonce !== request.nonce) return undefined
  const { envelope, approvers: head, submission } = body.data
  const judged = judgeDecision(envelope, {
    request,
    votes,
    approvers: approversOf(approvers.slice(0, head)),
    allowed: CHOICES,
    nowMillis: Date.parse(entry.at),
  })
  if (!judged.accepted) return undefined
  const { decision, person, roles, comment, signed } = judged.vote
  return { decision, person, roles, comment, signed, number: entry.number, at: entry.at, submission }
}

/** Persons who approved; with separation by role as many as can each stand for another role. In order each stands for its own. */
function approvalsOf({ separation }: ApprovalRequest, votes: readonly CountedVote[]): number {
  const approving = votes.filter(({ decision }) => decision === 'approve')
  return separation === 'person' ? approving.length : mostDistinct(approving.map(({ roles }) => roles))
}

/** How many of the lists can each be given a name of their own: bipartite matching by augmenting paths. */
function mostDistinct(lists: readonly (readonly string[])[]): number {
  const holder = new Map<string, number>()
  const place = (list: number, tried: Set<string>): boolean => {
    for (const name of lists[list] ?? []) {
      if (tried.has(name)) continue
      tried.add(name)
      const other = holder.get(name)
      if (other === undefined || place(other, tried)) {
        holder.set(name, list)
        return true
      }
    }
    return false
  }
  return lists.filter((_, list) => place(list, new Set())).length
}
