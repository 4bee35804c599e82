import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { loadSettings, type Settings } from '../../config/settings.ts'
import { engineProgram } from '../../store/engine-program.ts'
import { untilAsked } from '../until-asked.ts'
import { runFile } from './run-command.ts'
import { watchCode } from './watch-code.ts'

export interface TryOptions {
  /** `name=value` each. */
  readonly param: readonly string[]
  /** Share of each source's rows, above 0, at most 1. Default: 0.1. */
  readonly sample?: number
  /** Again whenever code is saved, until asked to end. */
  readonly watch?: boolean
  readonly json?: boolean
}

/** `anneal try FILE`: runs a pipeline up to its evaluation on a sample. Answers the exit code, 0 after `--watch`. */
export async function tryCommand(file: string, options: TryOptions): Promise<number> {
  const { param, sample = 0.1, watch = false, json = false } = options
  const settings = loadSettings()
  if (!watch) return runFile(file, { settings, options: { param, json, trial: sample } })
  // As they were typed: a share that is written anew may be another number, and so name other results.
  await tryAgain(file, { settings, args: process.argv.slice(2).filter((arg) => arg !== '--watch') })
  return 0
}

/** Each trial is a process of its own: what the author's code leaves behind in it ends with it. */
async function tryAgain(
  file: string,
  { settings, args }: { readonly settings: Settings; readonly args: readonly string[] },
): Promise<void> {
  const asked = untilAsked()
  const [node, ...program] = engineProgram('cli/main.ts')
  for (;;) {
    // Begun first, so that what is saved during a trial is tried next.
    const code = await watchCode(resolve(file), settings)
    try {
      const trial = spawn(node, [...program, ...args], { stdio: 'inherit' })
      const ended = once(trial, 'close')
      if ((await Promise.race([ended, asked])) === undefined) {
        // Whoever asked by Ctrl-C asked the trial, too; a run that goes on without us is no harm.
        trial.kill('SIGINT')
        await ended
        return
      }
      process.stderr.write('waiting for code to be saved; Ctrl-C ends\n')
      if ((await Promise.race([code.changed, asked])) === undefined) return
    } finally {
      code.close()
    }
  }
}
