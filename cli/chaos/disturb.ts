import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { inLanes } from '../../activities/in-lanes.ts'
import { randomBits } from '../../stats/random.ts'
import { CliError } from '../errors.ts'
import { differences, expectationOf, type Expected } from './compare.ts'
import { recoveryAfter } from './history.ts'
import { drawKills, momentsOf, type Kill, type Target } from './moments.ts'
import { runOnce, type Ran } from './run-once.ts'
import type { Subject } from './subject.ts'

export interface DisturbOptions {
  readonly folder: string
  /** Of Temporal's server. */
  readonly binary: string
  readonly kills: number
  readonly perRun: number
  readonly targets: readonly Target[]
  readonly seed: number
  /** Runs that go on at once. */
  readonly lanes: number
  readonly signal: AbortSignal
  /** Hears that undisturbed runs are done, then of each disturbed one. */
  readonly undisturbed?: (expected: Expected) => void
  readonly disturbed?: (round: Round) => void
  /** What else there is to say against a run, as lines, before its place is removed. Default: nothing. */
  readonly examine?: (ran: Ran) => readonly string[]
}

/** One disturbed run. */
export interface Round {
  readonly kills: readonly Kill[]
  readonly outcome: string
  readonly millis: number
  /** Of the kills that it lived to see, in milliseconds each; `undefined` where no step came after. */
  readonly struck: readonly { readonly target: Target; readonly recoveryMillis: number | undefined }[]
  /** What was otherwise than it should be. */
  readonly differences: readonly string[]
  /** Kept where there are any. */
  readonly folder: string
}

export interface Disturbed {
  readonly expected: Expected
  readonly rounds: readonly Round[]
}

/** The longest that a run may be held up by one death. */
const RECOVERY_MILLIS = 120_000
/** Before anything is known of a run. */
const PATIENCE_MILLIS = 3_600_000

/** Runs a subject twice undisturbed, then again and again with kills, and compares. Throws `run-failed` where it fails undisturbed. */
export async function disturb(subject: Subject, options: DisturbOptions): Promise<Disturbed> {
  const { folder, kills, perRun, targets, seed, lanes } = options
  const expected = await undisturbed(subject, options)
  options.undisturbed?.(expected)
  const random = fractions(seed)
  const drawn = drawKills(momentsOf(expected.events, random), { kills, targets, random })
  const work = async ([index, together]: readonly [number, readonly Kill[]]): Promise<Round> => {
    const place = { folder: join(folder, `run-${index + 1}`), random: fractions(seed + index + 1) }
    const withinMillis = 10 * expected.millis + RECOVERY_MILLIS * together.length
    const ran = await runOnce(subject, { ...options, ...place, kills: together, withinMillis })
    const round = roundOf(ran, { ...options, expected, kills: together })
    if (round.differences.length === 0) await rm(place.folder, { recursive: true, force: true })
    options.disturbed?.(round)
    return round
  }
  return { expected, rounds: await inLanes([...perRounds(drawn, perRun).entries()], { lanes, work }) }
}

async function undisturbed(subject: Subject, options: DisturbOptions): Promise<Expected> {
  const work = (name: string): Promise<Ran> => {
    const run = { folder: join(options.folder, name), kills: [], random: fractions(0), withinMillis: PATIENCE_MILLIS }
    return runOnce(subject, { ...options, ...run })
  }
  const runs = await inLanes(['undisturbed-1', 'undisturbed-2'], { ...options, work })
  const failed = runs.find(({ outcome, left }) => outcome === 'FAILED' || left.faults.length > 0)
  const [one, other] = runs
  if (one === undefined || other === undefined || failed !== undefined) throw failsByItself(subject, failed)
  await Promise.all(runs.map(({ place }) => rm(place.folder, { recursive: true, force: true })))
  return expectationOf(one, other)
}

function roundOf(
  ran: Ran,
  { expected, kills, examine = () => [] }: DisturbOptionsOf & { readonly expected: Expected },
): Round {
  return {
    kills,
    outcome: ran.outcome,
    millis: ran.millis,
    struck: ran.struck.map((one) => ({ target: one.target, recoveryMillis: recoveryAfter(one, ran.events) })),
    differences: [...differences(expected, ran), ...examine(ran)],
    folder: ran.place.folder,
  }
}

type DisturbOptionsOf = Pick<DisturbOptions, 'examine'> & Pick<Round, 'kills'>

/** Kills that were drawn together befall one run, in the order of their moments. */
function perRounds(kills: readonly Kill[], perRun: number): readonly (readonly Kill[])[] {
  const rounds = Array.from({ length: Math.ceil(kills.length / perRun) }, (_, round) =>
    kills.slice(round * perRun, (round + 1) * perRun),
  )
  return rounds.map((round) => round.toSorted((one, other) => one.moment.event - other.moment.event))
}

function fractions(seed: number): () => number {
  const bits = randomBits(seed)
  return () => bits() / 2 ** 32
}

function failsByItself({ plan }: Subject, failed: Ran | undefined): CliError {
  return new CliError('run-failed', {
    message: `pipeline "${plan.pipeline}" fails without anything being killed`,
    details: failed === undefined ? [] : [failed.outcome, ...failed.left.faults],
    remedy: `see why with \`anneal run\`${failed === undefined ? '' : `; the logs are in ${failed.place.folder}`}`,
  })
}
