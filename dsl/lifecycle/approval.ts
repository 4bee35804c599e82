import type { Duration } from '../units.ts'

/** Who has to sign before a registered model may get traffic. One rejection ends the run as `rejected`. */
export interface Approval {
  /** Enrolled persons of these roles may vote, one vote each; nobody on a run that they started. */
  readonly roles: readonly [role: string, ...more: string[]]
  /** How many approvals it takes. */
  readonly quorum: number
  /** Wall time from the request on; then the run ends as `expired`. */
  readonly within: Duration
  /** Whether a vote has to say why. Default false. */
  readonly commentRequired?: boolean
  /** Default 'person'. */
  readonly separation?: Separation
}

/**
 * `person`: the approvals come from different persons; `role`: from different roles as well; `role-in-order`: from each
 * of the roles in turn, as they are listed.
 */
export type Separation = 'person' | 'role' | 'role-in-order'
