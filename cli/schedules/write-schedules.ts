import { ScheduleAlreadyRunning, ScheduleNotFoundError, type Client, type ScheduleOptions } from '@temporalio/client'
import { canonicalJson } from '../../dsl/digest.ts'
import type { Plan } from '../../dsl/plan.ts'
import { declaredSchedules, idOf, namesOf } from './declared.ts'
import { scheduleOptions, specIn } from './schedule-options.ts'
import { untilSeen } from './until-seen.ts'

export interface Written {
  readonly name: string
  readonly state: 'created' | 'updated' | 'removed'
}

/**
 * Makes the schedules that a plan asks for what there is: those there are follow the plan, paused ones stay paused; what
 * it asks for no longer goes. Done again it changes nothing.
 */
export async function writeSchedules(
  client: Client,
  plan: Plan,
  options: { readonly taskQueue: string },
): Promise<readonly Written[]> {
  const written: Written[] = []
  const declared = declaredSchedules(plan)
  for (const one of declared) {
    written.push({ name: one.name, state: await write(client, scheduleOptions(one, options)) })
  }
  const kept = new Set(declared.map(({ name }) => name))
  const { run, retrain } = namesOf(plan.pipeline)
  for (const name of [run, retrain]) {
    if (!kept.has(name) && (await remove(client, name))) written.push({ name, state: 'removed' })
  }
  return written
}

async function write({ schedule }: Client, options: ScheduleOptions): Promise<'created' | 'updated'> {
  try {
    await schedule.create(options)
    return 'created'
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error
    const { spec, action, policies = {}, scheduleId } = options
    const handle = schedule.getHandle(scheduleId)
    await handle.update(({ state }) => ({ spec, action, policies, state }))
    const wanted = canonicalJson(specIn(action.memo) ?? null)
    await untilSeen(handle, (described) => canonicalJson(specIn(described.action.memo) ?? null) === wanted)
    return 'updated'
  }
}

/** Answers whether there was one. */
async function remove({ schedule }: Client, name: string): Promise<boolean> {
  try {
    await schedule.getHandle(idOf(name)).delete()
    return true
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false
    throw error
  }
}
