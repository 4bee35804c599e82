import { type Command, InvalidArgumentError } from 'commander'
import { millisOf, type Duration } from '../dsl/units.ts'
import { loadSettings } from '../config/settings.ts'
import { collect } from './collect.ts'
import type { ParityOptions } from './serving/parity-command.ts'
import type { ServeOptions } from './serve-command.ts'
import { wantsColour } from './colour.ts'

interface DevFlags {
  readonly port?: number
  readonly uiPort?: number
  readonly headless?: boolean
  /** A port. */
  readonly gateway?: number
  readonly json?: boolean
}

interface StartFlags {
  readonly once?: boolean
  readonly until?: string
  readonly param: readonly string[]
}

/** Commands about the machinery: server, worker, machine. */
export function addSystemCommands(program: Command): void {
  program
    .command('init')
    .argument('<dir>', 'one that is empty, or not there')
    .description('lay a project of your own, with a pipeline that runs')
    .action(async (dir: string) => {
      const { initCommand } = await import('./init/init-command.ts')
      await initCommand(dir)
    })
  program
    .command('start')
    .argument('[file]', 'pipeline file; without it the flight delays that come with anneal')
    .description(
      'bring the machinery up, run a pipeline to its end and stay up; without a file the whole loop of the example',
    )
    .option('--once', 'end after the run, with its exit code; in the example nobody is asked')
    .option('--until <day>', 'end the replay of the example on this day of April or May 2001', day)
    .option('--param <name=value>', 'a parameter of the run; may be repeated', collect, [])
    .action(async (file: string | undefined, options: StartFlags) => {
      const { startCommand } = await import('./start/start-command.ts')
      process.exitCode = await startCommand(file, options)
    })
  program
    .command('dev')
    .description('start a Temporal server and a worker for this project and look after them until Ctrl-C')
    .option('--port <port>', 'port of the Temporal server', port)
    .option('--ui-port <port>', 'port of the Temporal UI', port)
    .option('--headless', 'without the Temporal UI')
    .option('--gateway <port>', 'answer inference requests too, as `anneal serve` does', port)
    .option('--json', 'say where it listens as one line of JSON')
    .action(async ({ json = false, gateway, ...options }: DevFlags) => {
      const { dev } = await import('./dev.ts')
      const serving = gateway !== undefined && { gateway: { port: gateway, maxSkew: '5 minutes' } as const }
      process.exitCode = await dev(loadSettings(), { ...options, ...serving, json })
    })
  program
    .command('worker')
    .description('run a worker against the Temporal server of the settings until Ctrl-C')
    .action(async () => {
      const { workerCommand } = await import('./worker-command.ts')
      process.exitCode = await workerCommand()
    })
  program
    .command('deploy')
    .description("have new runs go to workers of this engine's build, once some have started")
    .action(async () => {
      const { deployCommand } = await import('./deploy/deploy-command.ts')
      await deployCommand()
    })
  program
    .command('serve')
    .description('answer inference requests for services (Open Inference Protocol v2) until Ctrl-C')
    .option('--service <name>', 'a service to answer for; may be repeated; default all in the store', collect, [])
    .option('--port <port>', 'where to listen; 0: a free port', portOrAny, 8080)
    .option('--host <host>', 'only 127.0.0.1, as there is no authentication yet', '127.0.0.1')
    .option('--max-skew <duration>', "how far a row's time may be from the service's clock", duration, 300_000)
    .option('--json', 'say where it listens as one line of JSON')
    .action(async (options: ServeOptions) => {
      const { serveCommand } = await import('./serve-command.ts')
      process.exitCode = await serveCommand(options)
    })
  program
    .command('parity')
    .argument('<service>', 'a service with a model')
    .description('compare what is served with what the model was trained on, feature by feature')
    .option('--rows <count>', 'rows of the feature table: half the newest, half over all', count, 10_000)
    .option('--gateway <url>', 'ask this running gateway; default: the files that gateways read')
    .option('--json', 'as one line of JSON')
    .action(async (service: string, options: ParityOptions) => {
      const { parityCommand } = await import('./serving/parity-command.ts')
      process.exitCode = await parityCommand(service, options)
    })
  program
    .command('doctor')
    .description('look at all that a run needs, and say how to mend what is wrong')
    .option('--json', 'as one line of JSON')
    .action(async ({ json = false }: { readonly json?: boolean }) => {
      const { doctor, doctorExitCode, formatDoctor } = await import('./doctor.ts')
      const checks = await doctor(loadSettings())
      process.stdout.write(
        json ? `${JSON.stringify(checks)}\n` : formatDoctor(checks, { colour: wantsColour(process.stdout) }),
      )
      process.exitCode = doctorExitCode(checks)
    })
  program
    .command('explain')
    .argument('<code>', 'as an error prints it, or as the type of a failure in the Temporal UI')
    .description('say what an error’s code stands for, and what to do')
    .action(async (code: string) => {
      const { explainCommand } = await import('./explain/explain-command.ts')
      explainCommand(code)
    })
}

/** Its midnight. */
function day(text: string): string {
  if (/^2001-0[45]-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))) return `${text}T00:00:00.000Z`
  throw new InvalidArgumentError('expected a day such as 2001-04-10')
}

function portOrAny(text: string): number {
  return text === '0' ? 0 : port(text)
}

function count(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0 && value <= 1_000_000) return value
  throw new InvalidArgumentError('expected a whole number from 1 to 1000000')
}

/** Milliseconds. */
function duration(text: string): number {
  const millis = millisOf(text as Duration)
  if (millis !== undefined && millis >= 0) return Math.round(millis)
  throw new InvalidArgumentError('expected a duration such as "5 minutes"')
}

function port(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0 && value < 65_536) return value
  throw new InvalidArgumentError('expected a port between 1 and 65535')
}
