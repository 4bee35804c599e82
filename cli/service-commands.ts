import { type Command, InvalidArgumentError } from 'commander'
import type { MonitorFlags } from './monitors/monitor-command.ts'
import type { RetrainFlags } from './monitors/retrain-command.ts'
import type { WatchFlags } from './monitors/watch-command.ts'
import type { DecideTrafficFlags } from './serving/decide-traffic-command.ts'
import type { RollbackFlags } from './serving/rollback-command.ts'

const DECISIONS = {
  promote: 'give a canary all of the traffic at once, by a signed decision',
  abort: 'have a canary take the traffic back, by a signed decision',
} as const

/** Commands about what services answer by. */
export function addServiceCommands(program: Command): void {
  program
    .command('services')
    .argument('[name]', 'a service; without it all are listed')
    .description('show what services answer by, and which gateways follow')
    .option('--json', 'as one line of JSON')
    .action(async (name: string | undefined, options: { readonly json?: boolean }) => {
      const { servicesCommand } = await import('./serving/services-command.ts')
      await servicesCommand(name, options)
    })
  program
    .command('monitor')
    .argument('[service]', 'a service; without it each has a line')
    .description('show what the monitors of services found; exit code 1 where an alert stands')
    .option('--last <n>', 'how many windows', atLeastOne, 14)
    .option('--page <file>', "write the service's page with plots")
    .option('--json', 'as one line of JSON')
    .action(async (service: string | undefined, flags: MonitorFlags) => {
      const { monitorCommand } = await import('./monitors/monitor-command.ts')
      process.exitCode = await monitorCommand(service, flags)
    })
  program
    .command('rollback')
    .argument('<service>', 'a service with a model')
    .description('have a service answer by the model before at once, and end its canary')
    .requiredOption('--reason <text>', 'why; kept in the audit chain')
    .option('--to <version>', 'a version that it answered by: 3, or delay@3; default the one before')
    .option('--as <person>', 'who asks; default your name on this machine')
    .option('--json', 'as one line of JSON')
    .action(async (service: string, flags: RollbackFlags) => {
      const { rollbackCommand } = await import('./serving/rollback-command.ts')
      process.exitCode = await rollbackCommand(service, flags)
    })
  program
    .command('retrain')
    .argument('<service>', 'a service with a monitor')
    .description('ask the monitor of a service to have its model trained anew, by the plan applied last')
    .requiredOption('--reason <text>', 'why; kept in the audit chain')
    .option('--as <person>', 'who asks; default your name on this machine')
    .option('--json', 'as one line of JSON')
    .action(async (service: string, flags: RetrainFlags) => {
      const { retrainCommand } = await import('./monitors/retrain-command.ts')
      process.exitCode = await retrainCommand(service, flags)
    })
  program
    .command('watch')
    .argument('<service>', 'a service that had a monitor')
    .description('have the monitor of a service go on after it was ended')
    .option('--json', 'as one line of JSON')
    .action(async (service: string, flags: WatchFlags) => {
      const { watchCommand } = await import('./monitors/watch-command.ts')
      await watchCommand(service, flags)
    })
  for (const decision of ['promote', 'abort'] as const) {
    program
      .command(decision)
      .argument('<service>', 'a service with a canary')
      .description(DECISIONS[decision])
      .requiredOption('--as <person>', 'who decides')
      .option('--key <file>', 'the private key of --as; by default the one in the keys folder')
      .option('--comment <text>', 'why; kept with the decision')
      .option('--print', 'print the signed envelope instead of sending it')
      .option('--json', 'as one line of JSON')
      .action(async (service: string, flags: DecideTrafficFlags) => {
        const { decideTrafficCommand } = await import('./serving/decide-traffic-command.ts')
        process.exitCode = await decideTrafficCommand(service, { ...flags, decision })
      })
  }
}

function atLeastOne(text: string): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= 1) return number
  throw new InvalidArgumentError('expected a whole number from 1')
}
