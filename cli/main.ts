import { Command, CommanderError } from 'commander'
import { wantsColour } from './colour.ts'
import { addApprovalCommands } from './approval-commands.ts'
import { asCliError } from './as-cli-error.ts'
import { CliError } from './errors.ts'
import { formatError } from './print-error.ts'
import { addModelCommands } from './model-commands.ts'
import { addRunCommands } from './run-commands.ts'
import { addScheduleCommands } from './schedule-commands.ts'
import { addServiceCommands } from './service-commands.ts'
import { addSystemCommands } from './system-commands.ts'

/** Runs the command line and answers the exit code: see `errors.ts` for what each one says. */
async function main(args: readonly string[]): Promise<number> {
  const program = new Command('anneal')
    .description('Typed pipelines for machine-learning lifecycles, run durably by Temporal')
    .option('--stack', 'with an error, print where in the engine it came from')
    .showSuggestionAfterError()
  addRunCommands(program)
  addScheduleCommands(program)
  addModelCommands(program)
  addApprovalCommands(program)
  addServiceCommands(program)
  addSystemCommands(program)
  for (const command of withSubcommands(program)) command.exitOverride().configureOutput({ writeErr: () => {} })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0
    if (error instanceof CommanderError && error.code === 'commander.help') return showHelp(program)
    const json = args.includes('--json')
    const fault = error instanceof CommanderError ? usageFault(error, commandIn(program, args)) : asCliError(error)
    const colour = wantsColour(process.stderr)
    process.stderr.write(formatError(fault, { colour, stack: args.includes('--stack'), json }))
    return fault.exitCode
  }
}

function withSubcommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)]
}

/** Without a command nothing is done, which a script should notice. */
function showHelp(program: Command): number {
  process.stderr.write(program.helpInformation())
  return 2
}

function commandIn({ commands }: Command, args: readonly string[]): string {
  const named = commands.find((command) => args.includes(command.name()))
  return named === undefined ? 'anneal' : `anneal ${named.name()}`
}

/** Commander's own line, its suggestion as part of the remedy. */
function usageFault({ message }: CommanderError, command: string): CliError {
  const [first = '', suggestion] = message.replace(/^error: /, '').split('\n')
  const meant = /Did you mean (?:one of )?(.+)\?/.exec(suggestion ?? '')?.[1]
  const help = `see \`${command} --help\``
  return new CliError('usage', { message: first, remedy: meant === undefined ? help : `write ${meant}, or ${help}` })
}

process.exitCode = await main(process.argv.slice(2))
