import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { loadSettings } from '../../config/settings.ts'
import { wantsColour } from '../colour.ts'
import { CliError } from '../errors.ts'
import { requireWritable } from '../require-writable.ts'
import { untilInterrupted } from '../run/interruption.ts'
import { tell } from '../start/tell.ts'
import { findTemporalBinary } from '../temporal-server-binary.ts'
import { disturb, type Disturbed, type Round } from './disturb.ts'
import type { Target } from './moments.ts'
import { killText, reportLines, reportOf, seconds, type ChaosReport } from './report.ts'
import { prepareSubject, type Subject } from './subject.ts'

export interface ChaosOptions {
  readonly kills: number
  /** How many of them befall one run. */
  readonly perRun: number
  /** Default: another one each time. */
  readonly seed?: number
  readonly target: readonly Target[]
  /** Share of each source's rows. */
  readonly sample?: number
  /** `name=value` each. */
  readonly param: readonly string[]
  /** How many runs go on at once. Default: one a core. */
  readonly atOnce?: number
  readonly json?: boolean
}

/**
 * `anneal chaos FILE`: runs a pipeline undisturbed, then again and again while worker, children and server are killed,
 * and compares what is left. All of it in a folder of its own, which goes unless something differed. Answers the exit
 * code. Throws `chaos-failed`, `run-failed`, and what `anneal run` throws of a file.
 */
export async function chaosCommand(file: string, options: ChaosOptions): Promise<number> {
  const settings = loadSettings()
  await requireWritable(settings)
  const binary = await findTemporalBinary({ report: tell })
  const parent = join(settings.stateFolder, 'chaos')
  await mkdir(parent, { recursive: true })
  const folder = await mkdtemp(join(parent, 'run-'))
  let isKept = false
  try {
    const subject = await prepareSubject(file, { settings, ...options, folder: join(folder, 'origin') })
    const seed = options.seed ?? Date.now() % 1_000_000
    const disturbed = await untilDone(subject, { ...options, folder, binary, seed })
    if (disturbed === 'interrupted') return 130
    const report = reportOf(disturbed, { pipeline: subject.plan.pipeline, seed })
    isKept = report.failures.length > 0
    const lines =
      options.json === true ? [JSON.stringify(report)] : reportLines(report, { colour: wantsColour(process.stdout) })
    process.stdout.write(`${lines.join('\n')}\n`)
    if (isKept) throw chaosFailed(report, `anneal ${process.argv.slice(2).join(' ')}`)
    return 0
  } finally {
    if (!isKept) await rm(folder, { recursive: true, force: true })
  }
}

type Disturbing = ChaosOptions & { readonly folder: string; readonly binary: string; readonly seed: number }

/** Ctrl-C ends all that was started. */
async function untilDone(subject: Subject, options: Disturbing): Promise<Disturbed | 'interrupted'> {
  const { kills, perRun, target, atOnce = availableParallelism() } = options
  const ending = new AbortController()
  void untilInterrupted().then(() => ending.abort())
  const rounds = Math.ceil(kills / perRun)
  let done = 0
  try {
    return await disturb(subject, {
      ...options,
      targets: target,
      lanes: atOnce,
      signal: ending.signal,
      undisturbed: ({ millis, outcome }) => tell(`undisturbed: ${outcome} in ${seconds(millis)}`),
      disturbed: (round) => tell(`${(done += 1)} of ${rounds}: ${roundText(round)}`),
    })
  } catch (error) {
    if (ending.signal.aborted) return 'interrupted'
    throw error
  }
}

function roundText({ kills, differences, struck }: Round): string {
  const worst = Math.max(0, ...struck.map(({ recoveryMillis = 0 }) => recoveryMillis))
  const how = struck.length === 0 ? 'came too late' : `moved on after ${seconds(worst)}`
  return `${kills.map(killText).join('; ')}: ${differences.length === 0 ? `same, ${how}` : differences.join('; ')}`
}

function chaosFailed({ pipeline, failures, seed }: ChaosReport, command: string): CliError {
  const again = / --seed\b/.test(command) ? command : `${command} --seed ${seed}`
  return new CliError('chaos-failed', {
    message: `pipeline "${pipeline}": expected every disturbed run to leave what an undisturbed one does, got ${failures.length} that did not`,
    details: failures.flatMap(({ kills, differences, folder }) => [
      `${kills.join('; ')}:`,
      ...differences.map((line) => `  ${line}`),
      `  kept in ${folder}`,
      '',
    ]),
    remedy: `repeat it with \`${again}\``,
  })
}
