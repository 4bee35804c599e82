import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common'
import { ApplicationFailure, workflowInfo } from '@temporalio/workflow'

/** Set by the server on what a schedule starts. The workflow's id has it too, but in a form that is nobody's promise. */
const NOMINAL = defineSearchAttributeKey('TemporalScheduledStartTime', SearchAttributeType.DATETIME)

/** When the schedule said that this workflow is to start, however late it was: `2026-01-05T02:00:00Z`. Throws `not-scheduled`. */
export function nominalTime(): string {
  const at = workflowInfo().typedSearchAttributes.get(NOMINAL)
  if (at !== undefined) return at.toISOString().replace('.000Z', 'Z')
  const message = 'expected to be started by a schedule, got no nominal time; start a run with `anneal run FILE`'
  throw ApplicationFailure.nonRetryable(message, 'not-scheduled')
}
