import type { Issue } from '../../check/issue.ts'
import type { Approval } from '../approval.ts'
import { counts, durations } from './amounts.ts'
import type { LifecycleRule } from './lifecycle-rule.ts'

/** An approval that nobody can give would hold every run until it expires. */
export const approval: LifecycleRule = (lifecycle) => {
  const wanted = lifecycle.approval
  if (wanted === undefined) return []
  return [
    ...durations([['approval.within', wanted.within]]),
    ...counts([['approval.quorum', wanted.quorum]]),
    ...roleIssues(wanted),
  ]
}

function roleIssues({ roles, quorum, separation }: Approval): readonly Issue[] {
  const place = 'approval.roles'
  const unfit = roles.find((role, index) => !/^[a-z][a-z0-9-]{0,62}$/.test(role) || roles.indexOf(role) < index)
  if (unfit !== undefined) {
    const message = `expected different names of a-z, 0-9 and "-", got "${unfit}"`
    return [{ rule: 'approval', place, message, remedy: 'rename it or leave it out' }]
  }
  if (separation === 'role-in-order') return inOrderIssues({ roles, quorum })
  if (separation !== 'role' || quorum <= roles.length) return []
  const message = `expected at least ${quorum} roles for a quorum of ${quorum} with separation by role, got ${roles.length}`
  return [{ rule: 'approval', place, message, remedy: 'add roles, lower the quorum, or separate by person' }]
}

/** Otherwise it would be left open whose turn comes to nothing. */
function inOrderIssues({ roles, quorum }: Pick<Approval, 'roles' | 'quorum'>): readonly Issue[] {
  if (quorum === roles.length) return []
  const message = `expected a quorum of ${roles.length}, one for each role in order, got ${quorum}`
  return [{ rule: 'approval', place: 'approval.quorum', message, remedy: 'let each role sign, or separate by role' }]
}
