import { launchParameters } from '../../activities/launch/launch-parameters.ts'
import { loadSettings } from '../../config/settings.ts'
import type { Plan } from '../../dsl/plan.ts'
import { appendAppliedPlan } from '../../store/applied-plans.ts'
import { openStore } from '../../store/open-store.ts'
import { CliError } from '../errors.ts'
import { shortTime } from '../models/table.ts'
import { prepare } from '../pipeline-file/prepare.ts'
import { requireWorkers } from '../run/require-workers.ts'
import { connectClient } from '../run/temporal-client.ts'
import { requireWritable } from '../require-writable.ts'
import { declaredSchedules } from './declared.ts'
import { durationText, timesText } from './schedule-options.ts'
import { scheduleView, type ScheduleView } from './schedule-view.ts'
import { writeSchedules, type Written } from './write-schedules.ts'

/**
 * `anneal schedule create FILE`: applies the plan, as a run does, and makes Temporal start runs of it as it says. Throws
 * `no-schedule`, `not-schedulable`, what `anneal run` throws.
 */
export async function createCommand(file: string, { json = false }: { readonly json?: boolean }): Promise<void> {
  const settings = loadSettings()
  await requireWritable(settings)
  const store = openStore(settings.store)
  const client = await connectClient(settings)
  try {
    const approve = async (draft: Plan): Promise<void> => {
      requireSchedule(draft)
      requireDefaults(draft)
      await requireWorkers(client, draft, { base: settings.queue })
    }
    const prepared = await prepare(file, { settings, store, approve })
    await appendAppliedPlan(store.objects, prepared)
    const written = await writeSchedules(client, prepared.plan, { taskQueue: settings.queue })
    const told: Told[] = []
    for (const one of written) {
      told.push(one.state === 'removed' ? one : { ...one, ...(await scheduleView(client, one.name)) })
    }
    process.stdout.write(json ? `${JSON.stringify(told)}\n` : `${told.map(text).join('\n')}\n`)
  } finally {
    await client.connection.close()
  }
}

type Told = Written & Partial<ScheduleView>

function requireSchedule(plan: Plan): void {
  if (declaredSchedules(plan).length > 0) return
  throw new CliError('no-schedule', {
    message: `pipeline "${plan.pipeline}" declares no schedule`,
    expected: 'schedule: { … } or retrain: { schedule: { … } } in the pipeline',
    got: 'neither',
    remedy: `add one, or take away what there is with \`anneal schedule delete ${plan.pipeline}\``,
  })
}

/** Nobody is there to be asked when a schedule starts a run. */
function requireDefaults(plan: Plan): void {
  const filled = launchParameters(plan, { at: new Date().toISOString(), trigger: null })
  if ('parameters' in filled) return
  throw new CliError('not-schedulable', {
    message: `pipeline "${plan.pipeline}" cannot be run by schedule: ${filled.message}`,
    expected: 'a default for every parameter but asOf, which is the scheduled time',
    got: 'one without',
    remedy: 'give the parameter a default, or start the runs with `anneal run` or `anneal trigger`',
  })
}

function text({ name, state, schedule, paused, next = [] }: Told): string {
  if (state === 'removed') return `removed ${name}: the pipeline asks for it no longer`
  if (schedule === undefined || schedule === null) return `${state} ${name}`
  const { overlap, catchUpMillis } = schedule
  const policy = `overlap ${overlap}, catch-up ${durationText(catchUpMillis)}`
  const upcoming = paused === true ? 'paused' : `next  ${next.map(shortTime).join(', ')}`
  return `${state} ${name}: ${timesText(schedule)}, ${policy}\n  ${upcoming}`
}
