import { html, type Html } from '../data/html.ts'
import { isRegulated } from '../dsl/regulated.ts'
import type { ApprovalRequest } from '../store/approval-request.ts'
import type { Tally } from '../store/approval-tally.ts'
import type { ModelCard } from './model-card.ts'
import { section, table } from './page-frame.ts'

/** Who signed for which role. Votes are judged anew from the audit chain: none counts that is not rightly signed. */
export function approvalSection({ approval, plan }: ModelCard): Html {
  if (approval === undefined) {
    const told = isRegulated(plan)
      ? 'Its pipeline asks for approval; nobody has been asked yet.'
      : 'Its pipeline asks nobody.'
    return section('Approvals', html`<p>${told}</p>`)
  }
  const { request, tally } = approval
  const rows = tally.votes.map(({ person, roles, decision, at, comment }) => [
    person,
    roles.join(', '),
    decision,
    `${at.slice(0, 16).replace('T', ' ')} UTC`,
    comment,
  ])
  const head = ['person', 'role', 'decision', 'at', 'comment'].map((title) => ({ title }))
  return section(
    'Approvals',
    html`<p><strong>${OUTCOMES[tally.outcome]}</strong> It took ${wanted(request)}; ordered by ${request.author}.</p>
      ${rows.length === 0 ? null : table(head, rows)}`,
  )
}

const OUTCOMES: Readonly<Record<Tally['outcome'], string>> = {
  open: 'Not decided yet.',
  approved: 'Approved.',
  rejected: 'Rejected.',
  expired: 'Not decided in time.',
  withdrawn: 'Withdrawn: its run has moved to another plan.',
}

function wanted({ roles, separation, quorum }: ApprovalRequest): string {
  if (separation === 'role-in-order') return roles.map((role) => `one of ${role}`).join(', then ')
  return `${quorum} of ${roles.join(', ')}${separation === 'role' ? ', each for another role' : ''}`
}
