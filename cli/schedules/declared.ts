import type { Plan } from '../../dsl/plan.ts'
import type { ScheduleSpec } from '../../dsl/lifecycle/release-nodes.ts'

/** A schedule as a plan asks for it. */
export interface Declared {
  /** `flight-delay`, or `flight-delay:retrain`. */
  readonly name: string
  readonly spec: ScheduleSpec
  readonly starts:
    | { readonly workflow: 'launch'; readonly input: { readonly pipeline: string } }
    | { readonly workflow: 'askRetrain'; readonly input: { readonly pipeline: string; readonly service: string } }
}

/** Runs of the pipeline, and retrains that its monitor is asked for. */
export function declaredSchedules({ pipeline, operation, nodes }: Plan): readonly Declared[] {
  const runs: readonly Declared[] =
    operation.schedule === null
      ? []
      : [{ name: pipeline, spec: operation.schedule, starts: { workflow: 'launch', input: { pipeline } } }]
  const retrains = nodes.flatMap((node): readonly Declared[] => {
    const spec = node.kind === 'monitor' ? (node.spec.retrain?.schedule ?? null) : null
    if (node.kind !== 'monitor' || spec === null) return []
    const starts = { workflow: 'askRetrain', input: { pipeline, service: node.spec.service } } as const
    return [{ name: namesOf(pipeline).retrain, spec, starts }]
  })
  return [...runs, ...retrains]
}

/** The names that a pipeline's schedules may have. */
export function namesOf(pipeline: string): { readonly run: string; readonly retrain: string } {
  return { run: pipeline, retrain: `${pipeline}:retrain` }
}

const PREFIX = 'schedule:'

/** In Temporal, where others may have schedules, too. */
export function idOf(name: string): string {
  return `${PREFIX}${name}`
}

/** Undefined: not one of ours. */
export function nameOf(scheduleId: string): string | undefined {
  return scheduleId.startsWith(PREFIX) ? scheduleId.slice(PREFIX.length) : undefined
}
