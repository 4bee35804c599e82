import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadSettings } from '../../config/settings.ts'
import { openStore } from '../../store/open-store.ts'
import { asCliError } from '../as-cli-error.ts'
import { wantsColour } from '../colour.ts'
import type { CliError } from '../errors.ts'
import { planFile, type PlanFileOptions } from '../plan-file.ts'
import type { PlanReport, ReportedNode } from '../plan-report.ts'
import { printedPlan } from '../plan-text.ts'
import { errorRecord, formatError } from '../print-error.ts'
import { tryCommand, type TryOptions } from '../run/try-command.ts'

export interface CiOptions {
  /** `name=value` each. */
  readonly param: readonly string[]
  readonly json?: boolean
  /** Share of the rows for a trial of each file, which needs a server and a worker. Default: no trial. */
  readonly sample?: number
}

/** What was found of one file: a plan once its types and rules are right, else what is wrong. */
type Finding =
  | { readonly file: string; readonly passed: boolean; readonly plan: PlanReport }
  | { readonly file: string; readonly passed: false; readonly error: CliError }

/**
 * `anneal ci FILE…`: types, rules and plan of each file, for a pull request. Reads the project's store, writes nothing to
 * it, and needs no server; then a trial of each where all are right and a sample is asked for. Answers the exit code: of
 * the first file that did not pass.
 */
export async function ciCommand(files: readonly string[], { param, json = false, sample }: CiOptions): Promise<number> {
  const settings = loadSettings()
  const scratch = await mkdtemp(join(tmpdir(), 'anneal-ci-'))
  const options = { settings, param, into: openStore(scratch), against: openStore(settings.store) }
  const findings: Finding[] = []
  try {
    for (const file of files) {
      const finding = await judge(file, options)
      findings.push(finding)
      if (!json) tell(finding)
    }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
  const passed = findings.every((finding) => finding.passed)
  if (json) process.stdout.write(`${JSON.stringify({ passed, files: findings.map(asRecord) })}\n`)
  const code = findings.map(exitCodeOf).find((one) => one !== 0) ?? 0
  return code !== 0 || sample === undefined ? code : tryAll(files, { param, json, sample })
}

async function tryAll(files: readonly string[], options: TryOptions): Promise<number> {
  for (const file of files) {
    if (!options.json) process.stdout.write(`trial of ${file}\n`)
    const code = await tryCommand(file, options)
    if (code !== 0) return code
  }
  return 0
}

async function judge(file: string, options: PlanFileOptions): Promise<Finding> {
  try {
    const plan = await planFile(file, options)
    return { file, passed: !plan.nodes.some(isFault), plan }
  } catch (thrown) {
    return { file, passed: false, error: asCliError(thrown) }
  }
}

/** Data does not lie in a repository: that a source finds no files on this machine is shown, and is no fault. */
function isFault({ state, kind }: ReportedNode): boolean {
  return state === 'ends' || (state === 'fails' && kind !== 'source')
}

function tell(finding: Finding): void {
  process.stdout.write(`${finding.passed ? '✓' : '✗'} ${finding.file}\n`)
  if ('plan' in finding) process.stdout.write(printedPlan(finding.plan, process.stdout))
  else
    process.stderr.write(formatError(finding.error, { colour: wantsColour(process.stderr), stack: false, json: false }))
}

function asRecord(finding: Finding): object {
  if ('plan' in finding) return finding
  return { ...finding, error: errorRecord(finding.error) }
}

function exitCodeOf(finding: Finding): number {
  if ('error' in finding) return finding.error.exitCode
  return finding.passed ? 0 : 1
}
