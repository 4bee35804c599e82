import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ScheduleDescription, ScheduleHandle } from '@temporalio/client'
import { inject } from 'vitest'
import type { Prepared } from '../../cli/pipeline-file/prepare.ts'
import { idOf, type Declared } from '../../cli/schedules/declared.ts'
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

/** A project with a key, where pipelines may be scheduled and triggered. */
export interface ScheduleRig extends Rig {
  /** A pipeline of a name that no other has, whose plan is applied. */
  readonly ticking: (ticking?: Omit<Ticking, 'name'>) => Promise<Ticked>
  readonly remove: () => Promise<void>
}

export interface Ticked {
  readonly name: string
  readonly schedule: ScheduleHandle
  /** Makes the schedules that the plan, or another one of its pipeline, asks for. */
  readonly create: (another?: Omit<Ticking, 'name'>) => ReturnType<typeof writeSchedules>
  /** Until the schedule is such. */
  readonly until: (state: string, is: (described: ScheduleDescription) => boolean) => Promise<ScheduleDescription>
  /** Runs for past times a second apart, once all have ended: what each came to. */
  readonly backfill: (from: string, to: string) => Promise<readonly Launched[]>
  readonly run: (cause: string) => string
  /** What the run of a cause came to, once it is there and has ended. */
  readonly ended: (cause: string) => Promise<Json>
  /** Lets tasks go on that wait for a file of the pipeline's name. */
  readonly release: () => Promise<void>
  /** How often the task ran, by `<asOf> <amount>`. */
  readonly counts: () => Readonly<Record<string, number>>
  /** How many there were of a workflow's id, as the server lists them: a moment later. */
  readonly executions: (workflowId: string) => Promise<number>
}

export async function aScheduleRig(): Promise<ScheduleRig> {
  const project = await aProject({})
  await createKey(join(project.stateFolder, 'keys'))
  const rig = await aRig(inject('temporalAddress'), project)
  const made: Ticked[] = []
  return {
    ...rig,
    ticking: async (ticking) => {
      const ticked = await tickingOf(rig, ticking)
      made.push(ticked)
      return ticked
    },
    remove: async () => {
      for (const { name, schedule } of made) {
        await schedule.delete().catch(() => undefined)
        await rig.client.workflow
          .getHandle(`triggers:${name}`)
          .terminate()
          .catch(() => undefined)
      }
      await rig.close()
      await project.remove()
    },
  }
}

async function tickingOf({ project, client, queue }: Rig, ticking: Omit<Ticking, 'name'> = {}): Promise<Ticked> {
  const name = `tick-${randomUUID().slice(0, 8)}`
  let files = 0
  const compiled = async (changes: Omit<Ticking, 'name'>): Promise<Prepared> => {
    const file = `${name}-${(files += 1)}.ts`
    await project.write({ [file]: tickingPipeline({ name, ...changes }) })
    return project.prepare(file)
  }
  const prepared = await compiled(ticking)
  await appendAppliedPlan(project.store.objects, prepared)
  const schedule = client.schedule.getHandle(idOf(name))
  const run = (cause: string): string => `run:${name}:${cause}`
  return {
    name,
    schedule,
    run,
    create: async (another) => {
      const { plan } = another === undefined ? prepared : await compiled(another)
      return writeSchedules(client, plan, { taskQueue: queue })
    },
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
    release: () => writeFile(join(project.stateFolder, name), ''),
    counts: () => {
      const own = Object.entries(countsOf(project.stateFolder)).filter(([effect]) => effect.startsWith(`${name} `))
      return Object.fromEntries(own.map(([effect, count]) => [effect.slice(name.length + 1), count]))
    },
    executions: async (workflowId) => {
      let count = 0
      for await (const _ of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) count += 1
      return count
    },
  }
}

/** A service's schedule of retrains, which asks its monitor every hour. */
export function hourlyRetrains(service: string): Declared {
  return {
    name: `${service}:retrain`,
    spec: {
      at: { type: 'interval', everyMillis: 3_600_000, offsetMillis: 0 },
      timeZone: 'UTC',
      overlap: 'skip',
      catchUpMillis: 60_000,
    },
    starts: { workflow: 'askRetrain', input: { pipeline: service, service } },
  }
}
