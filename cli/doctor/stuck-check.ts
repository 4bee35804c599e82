import type { Connection } from '@temporalio/client'
import type { Settings } from '../../config/settings.ts'
import type { DoctorCheck } from '../doctor.ts'
import { taskFailures } from '../task-failures.ts'

/** Of very many open workflows the latest are looked at. */
const MOST = 200
/** The first failure of a task may be a worker that died. */
const IN_A_ROW = 2

/**
 * Whether the engine's own code fails in a workflow: the server then tries its task again and again, and the workflow
 * stands still without failing.
 */
export async function stuckCheck(connection: Connection, { temporal, queue }: Settings): Promise<DoctorCheck> {
  const name = 'workflows'
  const { namespace } = temporal
  const query = `TaskQueue = "${queue}" AND ExecutionStatus = "Running"`
  try {
    const { workflowService } = connection
    const { executions } = await workflowService.listWorkflowExecutions({ namespace, query, pageSize: MOST })
    const described = await Promise.all(
      (executions ?? []).map(async ({ execution }) => ({
        id: execution?.workflowId ?? '',
        failures: taskFailures(
          await workflowService.describeWorkflowExecution({ namespace, execution: execution ?? null }),
        ),
      })),
    )
    const stuck = described.filter(({ failures }) => failures >= IN_A_ROW)
    const [first] = stuck
    if (first === undefined) return { name, outcome: 'ok', found: `${described.length} open, none stands still` }
    const found = `${stuck.length} of ${described.length} stand still, such as ${first.id}: its task failed ${first.failures} times in a row`
    const remedy = "the worker's log names the fault; start workers of the version that the workflow began with"
    return { name, outcome: 'warn', found, remedy }
  } catch {
    return {
      name,
      outcome: 'warn',
      found: 'may not be listed with these rights',
      remedy: 'ask whoever runs the cluster',
    }
  }
}
