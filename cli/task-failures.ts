interface Described {
  readonly pendingWorkflowTask?: { readonly attempt?: number | null } | null
}

/** How often in a row the workflow's present task has failed: 0 where it has not, or where there is none. */
export function taskFailures({ pendingWorkflowTask }: Described): number {
  return Math.max(0, (pendingWorkflowTask?.attempt ?? 1) - 1)
}
