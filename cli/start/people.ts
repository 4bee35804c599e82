import { readApprovers } from '../../store/approvers.ts'
import { auditStore } from '../approvals/audit-store.ts'
import { enrol } from '../approvals/enrol.ts'
import { EXAMPLE } from './example.ts'

/** The example's two persons have demo keys that count, made once: one orders, the other approves. */
export async function enrolDemoPeople(): Promise<void> {
  const store = await auditStore()
  for (const { person, roles } of [EXAMPLE.author, EXAMPLE.approver]) {
    const { byKeyId } = await readApprovers(store.log, store.keys)
    const counts = [...byKeyId.values()].some((one) => one.person === person && one.revoked === undefined)
    if (!counts) await enrol(store, { person, roles, demo: true })
  }
}
