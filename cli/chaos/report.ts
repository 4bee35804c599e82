import { paint } from '../colour.ts'
import { table } from '../models/table.ts'
import type { Disturbed, Round } from './disturb.ts'
import { momentText, TARGETS, type Kill, type Target } from './moments.ts'

/** What `--json` prints. */
export interface ChaosReport {
  readonly pipeline: string
  readonly seed: number
  /** Kills that were drawn; `late` of them found a run that was over, or nothing to kill. */
  readonly kills: number
  readonly late: number
  readonly undisturbed: Undisturbed
  readonly targets: readonly TargetReport[]
  readonly worstRecoveryMillis: number
  readonly failures: readonly Failure[]
}

interface Undisturbed {
  readonly outcome: string
  readonly millis: number
  readonly events: number
  readonly results: number
  /** Nodes and chains in which two undisturbed runs differed: nothing can be said of them. */
  readonly differing: readonly string[]
}

export interface TargetReport {
  readonly target: Target
  readonly kills: number
  /** Runs in which it was killed; how many ended as the undisturbed one, and how many left the same. */
  readonly runs: number
  readonly ended: number
  readonly same: number
  /** From the kill to the run's next step. */
  readonly worstRecoveryMillis: number
}

interface Failure {
  readonly kills: readonly string[]
  readonly differences: readonly string[]
  /** Kept for whoever looks into it. */
  readonly folder: string
}

export function reportOf(
  { expected, rounds }: Disturbed,
  { pipeline, seed }: { readonly pipeline: string; readonly seed: number },
): ChaosReport {
  const { outcome, millis, events, left, unstable } = expected
  const drawn = rounds.flatMap(({ kills }) => kills)
  const struck = rounds.flatMap((round) => round.struck)
  const targets = TARGETS.filter((target) => drawn.some((kill) => kill.target === target))
  return {
    pipeline,
    seed,
    kills: drawn.length,
    late: drawn.length - struck.length,
    undisturbed: { outcome, millis, events: events.length, results: left.published.length, differing: unstable },
    targets: targets.map((target) => targetReport(target, { outcome, rounds })),
    worstRecoveryMillis: worstOf(struck),
    failures: rounds
      .filter(({ differences }) => differences.length > 0)
      .map(({ kills, differences, folder }) => ({ kills: kills.map(killText), differences, folder })),
  }
}

export function killText({ target, moment }: Kill): string {
  return `${target} ${momentText(moment)}`
}

export function reportLines(report: ChaosReport, options: { readonly colour: boolean }): readonly string[] {
  const { pipeline, undisturbed, late, seed, targets } = report
  const head = ['killed', 'kills', 'runs', 'ended', 'same results', 'worst recovery']
  const rows = targets.map((each) => [
    each.target,
    String(each.kills),
    String(each.runs),
    String(each.ended),
    String(each.same),
    seconds(each.worstRecoveryMillis),
  ])
  const { differing, results, events, millis } = undisturbed
  return [
    `${pipeline}: ${results} results in ${events} events and ${seconds(millis)}, undisturbed; seed ${seed}`,
    ...differing.map((name) => paint('yellow', `not compared: "${name}" differs between undisturbed runs`, options)),
    ...table(rows, { head, right: [1, 2, 3, 4, 5], ...options }),
    ...(late === 0 ? [] : [`${late} kills found the run over, or nothing of their kind`]),
  ]
}

export function seconds(millis: number): string {
  return `${(millis / 1000).toFixed(1)} s`
}

function targetReport(
  target: Target,
  { outcome, rounds }: { readonly outcome: string; readonly rounds: readonly Round[] },
): TargetReport {
  const hit = rounds.filter(({ struck }) => struck.some((one) => one.target === target))
  const struck = hit.flatMap((round) => round.struck.filter((one) => one.target === target))
  return {
    target,
    kills: struck.length,
    runs: hit.length,
    ended: hit.filter((round) => round.outcome === outcome).length,
    same: hit.filter(({ differences }) => differences.length === 0).length,
    worstRecoveryMillis: worstOf(struck),
  }
}

function worstOf(struck: Round['struck']): number {
  return Math.max(0, ...struck.map(({ recoveryMillis = 0 }) => recoveryMillis))
}
