import { type Command, InvalidArgumentError } from 'commander'
import { addChaosCommand } from './chaos/add-command.ts'
import { collect } from './collect.ts'
import { share } from './share.ts'

/** Commands about pipelines and runs. Each one's code is imported when it runs: all of it takes a third of a second. */
export function addRunCommands(program: Command): void {
  program
    .command('run')
    .argument('<file>', 'pipeline file')
    .description('start the run of a pipeline and follow it to its end')
    .option('--param <name=value>', 'a parameter of the run; may be repeated', collect, [])
    .option('--cause <cause>', 'name the run run:<pipeline>:<cause>, and join it if it goes on already')
    .option('--speed <scale>', 'event seconds a second, from asOf on: replay traffic faster than it came', scale)
    .option('--as <person>', 'who orders the run: signs for it, where the pipeline asks for an approval')
    .option('--key <file>', 'the private key of --as; by default the one in the keys folder')
    .option('--detach', 'start it and return')
    .option('--json', 'one line of JSON for each event')
    .action(async (file: string, options: Flags) => {
      const { runCommand } = await import('./run/run-command.ts')
      process.exitCode = await runCommand(file, options)
    })
  program
    .command('try')
    .argument('<file>', 'pipeline file')
    .description('run a pipeline up to its evaluation on a sample of the rows; nothing of it can be promoted')
    .option('--sample <share>', 'share of the rows of each source (default: 10%)', share)
    .option('--param <name=value>', 'a parameter of the run; may be repeated', collect, [])
    .option('--watch', 'again whenever code is saved')
    .option('--json', 'one line of JSON for each event')
    .action(async (file: string, options: TryFlags) => {
      const { tryCommand } = await import('./run/try-command.ts')
      process.exitCode = await tryCommand(file, options)
    })
  addChaosCommand(program)
  program
    .command('plan')
    .argument('<file>', 'pipeline file')
    .description('show what a run would do: the graph, what is reused, and why a node changed')
    .option('--param <name=value>', 'a parameter of the run; may be repeated', collect, [])
    .option('--apply-to <run>', 'move this run, which goes on, to the plan: what has started stays as it is')
    .option('--as <person>', 'who orders the move: signs for it, where the pipeline asks for an approval')
    .option('--key <file>', 'the private key of --as; by default the one in the keys folder')
    .option('--json', 'as one line of JSON')
    .action(async (file: string, { applyTo, ...options }: PlanFlags) => {
      if (applyTo === undefined) {
        const { planCommand } = await import('./plan-command.ts')
        process.exitCode = await planCommand(file, options)
        return
      }
      const { applyCommand } = await import('./plan-apply/apply-command.ts')
      await applyCommand(file, { ...options, applyTo })
    })
  program
    .command('ci')
    .argument('<file...>', 'pipeline files')
    .description('check types, rules and plan without a server, for a pull request')
    .option('--param <name=value>', 'a parameter of the run; may be repeated', collect, [])
    .option('--sample <share>', 'then try each on a share of the rows, as `anneal try` does; needs a server', share)
    .option('--json', 'as one line of JSON')
    .action(async (files: readonly string[], options: CiFlags) => {
      const { ciCommand } = await import('./ci/ci-command.ts')
      process.exitCode = await ciCommand(files, options)
    })
  program
    .command('status')
    .argument('[run]', 'id of a run; without it the latest runs are listed')
    .description('show where a run is')
    .option('--follow', 'stay with the run until it ends')
    .option('--limit <count>', 'how many runs to list', count, 20)
    .option('--json', 'as one line of JSON; with --follow one for each event')
    .action(async (run: string | undefined, options: StatusFlags) => {
      const { statusCommand } = await import('./run/status-command.ts')
      process.exitCode = await statusCommand(run, options)
    })
  program
    .command('reports')
    .argument('<run>', 'id of a run')
    .argument('<folder>', 'where they are to be; made if it is not there')
    .description('write the pages and reports of a run: what was found in the data, how good the model is')
    .option('--json', 'the paths as one line of JSON')
    .action(async (run: string, folder: string, { json = false }: { readonly json?: boolean }) => {
      const { reportsCommand } = await import('./run/reports-command.ts')
      await reportsCommand(run, { folder, json })
    })
  program
    .command('cancel')
    .argument('<run>', 'id of a run that goes on')
    .description('stop a run; what it has done is kept and reused by the next one')
    .option('--json', 'as one line of JSON')
    .action(async (run: string, options: { readonly json?: boolean }) => {
      const { cancelCommand } = await import('./run/cancel-command.ts')
      await cancelCommand(run, options)
    })
}

interface Flags {
  readonly param: readonly string[]
  readonly cause?: string
  readonly speed?: number
  readonly as?: string
  readonly key?: string
  readonly detach?: boolean
  readonly json?: boolean
}

interface PlanFlags extends Pick<Flags, 'param' | 'as' | 'key' | 'json'> {
  readonly applyTo?: string
}

interface CiFlags {
  readonly param: readonly string[]
  readonly sample?: number
  readonly json?: boolean
}

interface TryFlags {
  readonly param: readonly string[]
  readonly sample?: number
  readonly watch?: boolean
  readonly json?: boolean
}

interface StatusFlags {
  readonly limit: number
  readonly follow?: boolean
  readonly json?: boolean
}

function scale(text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new InvalidArgumentError('expected a number above 0')
}

function count(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new InvalidArgumentError('expected a whole number above 0')
}
