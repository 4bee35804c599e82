import type { ApprovalRequest } from '../../store/approval-request.ts'
import type { Tally } from '../../store/approval-tally.ts'
import { paint } from '../colour.ts'
import { modelText } from '../models/model-text.ts'
import type { ShownModel } from '../models/show-command.ts'
import { shortTime } from '../models/table.ts'

export interface Asked {
  readonly request: ApprovalRequest
  readonly tally: Tally
  readonly model: ShownModel
}

/** What somebody decides on: the model with its evidence, who ordered it, and who has voted. */
export function requestText({ request, tally, model }: Asked, options: { readonly colour: boolean }): string {
  const { commentRequired, expiresAt, author, rootDigest, plan } = request
  const rows = [
    ['digest', rootDigest],
    ['plan', planText(plan, model)],
    ['ordered by', author],
    ['takes', `${wanted(request)}${commentRequired ? ', with a comment' : ''}`],
    ['until', shortTime(expiresAt)],
    ...votes(tally),
  ] as const
  const lines = rows.map(([title, text]) => `  ${paint('dim', title.padEnd(10), options)}  ${text}`)
  return [modelText(model, options), '', paint('bold', 'to decide', options), ...lines].join('\n')
}

/** The plan that the run goes on by: the model may have been made by another one, and be approved for this. */
function planText(plan: string, { version }: ShownModel): string {
  const short = plan.slice(0, 12)
  return plan === version.plan ? short : `${short}, not the one that it was registered by`
}

function wanted({ roles, separation, quorum }: ApprovalRequest): string {
  if (separation === 'role-in-order') return roles.map((role) => `1 of ${role}`).join(', then ')
  return `${quorum} of ${roles.join(', ')}${separation === 'role' ? ', each for another role' : ''}`
}

function votes({ votes: all }: Tally): readonly (readonly [string, string])[] {
  if (all.length === 0) return [['votes', 'none so far']]
  return all.map(({ person, decision, comment }, index) => [
    index === 0 ? 'votes' : '',
    `${person}: ${decision}${comment === '' ? '' : `, ${JSON.stringify(comment)}`}`,
  ])
}
