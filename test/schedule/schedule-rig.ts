import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { ScheduleDescription, ScheduleHandle } from '@temporalio/client'
import { inject } from 'vitest'
import type { Prepared } from '../../cli/pipeline-file/prepare.ts'
import { idOf } from '../../cli/schedules/declared.ts'
import { writeSchedules } from '../../cli/schedules/write-schedules.ts'
import type { Json } from '../../dsl/plan.ts'
import { appendAppliedPlan } from '../../store/applied-plans.ts'
import { createKey } from '../../store/signing/keys.ts'
import type { Launched } from '../../workflows/launch.ts'
import type { RunResult } from '../../workflows/run-pipeline.ts'
import { countsOf } from '../engine/effects.ts'
import { eventually } from '../engine/eventually.ts'
import { aProject } from '../engine/project.ts'
import { aRig, type Rig } from '../engine/rig.ts'
import { tickingPipeline, type Ticking } from './ticking.ts'

/** One pipeline of a name that no other test has, whose plan is applied. */
export interface ScheduleRig extends Rig {
  readonly name: string
  readonly prepared: Prepared
  readonly schedule: ScheduleHandle
  /** Makes the schedules that the plan asks for. */
  readonly create: (prepared?: Prepared) => ReturnType<typeof writeSchedules>
  /** Until the schedule is such. */
  readonly until: (state: string, is: (described: ScheduleDescription) => boolean) => Promise<ScheduleDescription>
  /** Runs of past times, once all have ended: what each came to. */
  readonly backfill: (from: string, to: string) => Promise<readonly Launched[]>
  readonly run: (cause: string) => string
  /** What the run of a cause came to, once it is there and has ended. */
  readonly ended: (cause: string) => Promise<Json>
  readonly counts: () => Readonly<Record<string, number>>
  /** Every execution of a workflow's id. */
  readonly executions: (workflowId: string) => Promise<number>
  readonly remove: () => Promise<void>
}

export async function aScheduleRig(ticking: Omit<Ticking, 'name'> = {}): Promise<ScheduleRig> {
  const name = `tick-${randomUUID().slice(0, 8)}`
  const project = await aProject({ 'p.ts': tickingPipeline({ name, ...ticking }) })
  await createKey(join(project.stateFolder, 'keys'))
  const rig = await aRig(inject('temporalAddress'), project)
  const { client, queue } = rig
  const prepared = await project.prepare()
  await appendAppliedPlan(project.store.objects, prepared)
  const schedule = client.schedule.getHandle(idOf(name))
  const run = (cause: string): string => `run:${name}:${cause}`
  return {
    ...rig,
    name,
    prepared,
    schedule,
    run,
    create: ({ plan } = prepared) => writeSchedules(client, plan, { taskQueue: queue }),
    until: (state, is) =>
      eventually(state, async () => {
        const described = await schedule.describe()
        return is(described) && described
      }),
    backfill: async (from, to) => {
      const before = (await schedule.describe()).info.numActionsTaken
      await schedule.backfill({ start: new Date(Date.parse(from) - 1), end: new Date(to), overlap: 'BUFFER_ALL' })
      const times = Math.floor((Date.parse(to) - Date.parse(from)) / 1000) + 1
      const { info } = await eventually('the backfill has started all', async () => {
        const described = await schedule.describe()
        return described.info.numActionsTaken >= before + times && described
      })
      const launches = info.recentActions.slice(-times).map(({ action: { workflow } }) => workflow)
      return Promise.all(
        launches.map(
          ({ workflowId, firstExecutionRunId }) =>
            client.workflow.getHandle(workflowId, firstExecutionRunId).result() as Promise<Launched>,
        ),
      )
    },
    ended: async (cause) => {
      const handle = client.workflow.getHandle(run(cause))
      await eventually(`run ${run(cause)}`, () => handle.describe().catch(() => undefined))
      const { results } = (await handle.result()) as RunResult
      const found = await project.store.results.find(results[0]?.key ?? '')
      return found === undefined ? null : project.store.results.output(found)
    },
    counts: () => countsOf(project.stateFolder),
    executions: async (workflowId) => {
      let count = 0
      for await (const _ of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) count += 1
      return count
    },
    remove: async () => {
      await schedule.delete().catch(() => undefined)
      await client.workflow
        .getHandle(`triggers:${name}`)
        .terminate()
        .catch(() => undefined)
      await rig.close()
      await project.remove()
    },
  }
}
