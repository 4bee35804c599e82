import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { runIdOf } from '../activities/order.ts'
import { loadSettings } from '../config/settings.ts'
import { startDev, type DevHandle } from './dev/start-dev.ts'
import { typeScriptProgram } from './dev/typescript-program.ts'
import { runFile, type RunOptions } from './run/run-command.ts'
import { manualCause } from './run/run-id.ts'

export interface StartOptions {
  /** Ends after the run. */
  readonly once?: boolean
  /** `name=value` each. */
  readonly param: readonly string[]
}

/** What is run where no file is named: real data, a model that is trained, judged and signed. */
const EXAMPLE = {
  file: join(import.meta.dirname, '../pipelines/flight-delay.ts'),
  asOf: '2001-04-01T00:00:00Z',
  /** Of the pipeline, and of its model. */
  name: 'flight-delay',
}

/**
 * `anneal start`: brings Temporal and a worker up, runs a pipeline, and stays up unless `once`. Another start reuses
 * what this one has made. Answers the exit code.
 */
export async function startCommand(file: string | undefined, { once = false, param }: StartOptions): Promise<number> {
  const dev = await startDev(loadSettings(), { report })
  try {
    const cause = manualCause(new Date())
    const code = file === undefined ? await runExample({ param, cause }) : await run(file, { param, cause })
    if (once || code !== 0) return code
    report(shown([...(file === undefined ? exampleRows(cause) : []), ...machineryRows(dev)]))
    await untilAsked()
    return 0
  } finally {
    await dev.stop()
  }
}

async function runExample({ param, ...options }: RunOptions): Promise<number> {
  const { file, asOf } = EXAMPLE
  await cutDays()
  return run(file, { ...options, param: [`asOf=${asOf}`, ...param] })
}

type Row = readonly [name: string, value: string]

function exampleRows(cause: string): readonly Row[] {
  const { name } = EXAMPLE
  return [
    ['model', `npx anneal models show ${name}`],
    ['pages', `npx anneal reports ${runIdOf(name, cause)} reports`],
  ]
}

/** The days that the example reads lie in the project, as they would for data of its own; nothing is said of days that are there. */
async function cutDays(): Promise<void> {
  const [program, ...args] = typeScriptProgram('pipelines/flight-delay/cut-days.ts')
  const days = ['--from', '2001-01-01', '--to', '2001-03-31', '--out', 'source-data/flights', '--quiet']
  const { stdout } = await promisify(execFile)(program, [...args, ...days], { cwd: loadSettings().root })
  process.stderr.write(stdout)
}

function run(file: string, options: RunOptions): Promise<number> {
  // Read again: the address is that of the server just started.
  return runFile(file, { settings: loadSettings(), options })
}

function machineryRows({ uiUrl, metricsUrl, logs }: DevHandle): readonly Row[] {
  return [
    ['Temporal UI', uiUrl ?? 'that of your server'],
    ...(metricsUrl === undefined ? [] : [['metrics', metricsUrl] as const]),
    ['logs', logs],
    ['stop', 'Ctrl-C'],
  ]
}

function shown(rows: readonly Row[]): string {
  return rows.map(([name, value]) => `\n${name.padEnd(12)} ${value}`).join('')
}

function report(line: string): void {
  process.stderr.write(`${line}\n`)
}

function untilAsked(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
}
