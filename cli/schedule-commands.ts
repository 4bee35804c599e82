import { type Command, InvalidArgumentError } from 'commander'
import type { TriggerFlags } from './triggers/trigger-command.ts'

interface Json {
  readonly json?: boolean
}

/** Commands about runs that start by themselves. */
export function addScheduleCommands(program: Command): void {
  const schedule = program.command('schedule').description('have runs start by themselves, as the pipeline says')
  addChanges(schedule)
  schedule
    .command('create')
    .argument('<file>', 'pipeline file with a schedule')
    .description('apply the plan and start runs of it by its schedule; again after a change of the file')
    .option('--json', 'as one line of JSON')
    .action(async (file: string, options: Json) => {
      const { createCommand } = await import('./schedules/create-command.ts')
      await createCommand(file, options)
    })
  schedule
    .command('list')
    .description('list the schedules: when they start what, and what became of it')
    .option('--json', 'as one line of JSON')
    .action(async (options: Json) => {
      const { listCommand } = await import('./schedules/list-command.ts')
      await listCommand(options)
    })
  schedule
    .command('backfill')
    .argument('<name>', 'a schedule')
    .description('run for scheduled times that are over, one after another; one that has a run keeps it')
    .requiredOption('--from <instant>', 'ISO 8601, included', instant)
    .requiredOption('--to <instant>', 'ISO 8601, included', instant)
    .option('--json', 'as one line of JSON')
    .action(async (name: string, flags: Json & { readonly from: Date; readonly to: Date }) => {
      const { backfillCommand } = await import('./schedules/backfill-command.ts')
      await backfillCommand(name, flags)
    })
  addTrigger(program)
}

function addChanges(schedule: Command): void {
  for (const change of ['pause', 'resume', 'delete'] as const) {
    const command = schedule.command(change).argument('<name>', 'a schedule').description(CHANGES[change])
    if (change === 'pause') command.requiredOption('--reason <text>', 'why; shown in the list')
    if (change === 'resume') command.option('--reason <text>', 'why; shown in the list')
    command.option('--json', 'as one line of JSON').action(async (name: string, flags: Json & { reason?: string }) => {
      const { changeCommand } = await import('./schedules/change-command.ts')
      const { reason = 'resumed' } = flags
      await changeCommand(name, change === 'delete' ? { change } : { change, reason }, flags)
    })
  }
}

const CHANGES = {
  pause: 'start nothing until it is resumed; what goes on goes on',
  resume: 'start runs again; what fell due meanwhile is left out, and can be backfilled',
  delete: 'take the schedule away; what goes on goes on',
} as const

function addTrigger(program: Command): void {
  program
    .command('trigger')
    .argument('<pipeline>', 'pipeline file, or the name of a pipeline that was run')
    .argument('[name]', 'a trigger that it declares; without it, listen to signals and tell what came')
    .description('start a run by a trigger of the pipeline')
    .option('--payload <json>', 'parameters of the run, as the trigger declares them', '{}')
    .option('--id <id>', 'the same trigger and id is one run; default one that no other has')
    .option('--json', 'as one line of JSON')
    .action(async (pipeline: string, name: string | undefined, flags: TriggerFlags) => {
      const { triggerCommand } = await import('./triggers/trigger-command.ts')
      await triggerCommand(pipeline, name, flags)
    })
}

function instant(text: string): Date {
  const millis = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN
  if (!Number.isNaN(millis)) return new Date(millis)
  throw new InvalidArgumentError('expected an instant like 2001-04-01T00:00:00Z')
}
