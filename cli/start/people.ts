import type { Settings } from '../../config/settings.ts'
import type { Plan } from '../../dsl/plan.ts'
import { readApprovers } from '../../store/approvers.ts'
import { loadPersonSigner, personKeyFile } from '../../store/signing/person-keys.ts'
import { auditStore } from '../approvals/audit-store.ts'
import { enrol } from '../approvals/enrol.ts'

/** Somebody of a demonstration, whose key lies in this project. */
export interface DemoPerson {
  readonly person: string
  readonly roles: readonly string[]
}

/** Orders the runs, and so approves none of them. */
export const AUTHOR: DemoPerson = { person: 'ada', roles: ['engineer'] }

const NAMES: Readonly<Record<string, string>> = { risk: 'bob', compliance: 'cleo' }

/** Who signs for a role. */
export function demoApprover(role: string): DemoPerson {
  return { person: NAMES[role] ?? `demo-${role}`, roles: [role] }
}

/** Those who sign for a plan's approval, in the order of its roles; nobody where it asks for none. */
export function approversOf({ nodes }: Plan): readonly DemoPerson[] {
  return nodes.flatMap((node) => (node.kind === 'approve' ? node.spec.roles.map(demoApprover) : []))
}

/**
 * Has each of them a demo key that counts, made once. A key that was made and is gone is not made again: whoever took it
 * away may have meant it. Throws StoreError's `signing-key-…`.
 */
export async function enrolDemoPeople(people: readonly DemoPerson[], settings?: Settings): Promise<void> {
  const store = await auditStore(settings)
  for (const { person, roles } of people) {
    const { byKeyId } = await readApprovers(store.log, store.keys)
    const counts = [...byKeyId.values()].some((one) => one.person === person && one.revoked === undefined)
    if (counts) await loadPersonSigner(person, personKeyFile(store.settings.keys, person))
    else await enrol(store, { person, roles, demo: true })
  }
}
