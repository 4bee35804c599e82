import { setTimeout as pause } from 'node:timers/promises'
import { Client, Connection } from '@temporalio/client'
import { runIdOf } from '../../activities/order.ts'
import { openStore } from '../../store/open-store.ts'
import type { runPipeline } from '../../workflows/run-pipeline.ts'
import { enrolledPerson } from '../approvals/enrolled-person.ts'
import { startRun } from '../run/start-run.ts'
import { AUTHOR } from '../start/people.ts'
import { signAsAsked } from './demo-approvals.ts'
import { historyOf } from './history.ts'
import { leftBy, type Left } from './left.ts'
import { processesUnder } from './leftovers.ts'
import { startMachinery, type Kept, type Machinery } from './machinery.ts'
import type { HistoryEvent, Kill } from './moments.ts'
import { layPlace, type Place } from './place.ts'
import { describe, strike, type Struck } from './strike.ts'
import type { Subject } from './subject.ts'

export interface RunOnce {
  /** Its place, which is made. */
  readonly folder: string
  /** Of Temporal's server. */
  readonly binary: string
  /** In the order of their moments. */
  readonly kills: readonly Kill[]
  readonly random: () => number
  /** After so long it has not ended. */
  readonly withinMillis: number
  /** Ends it, and all that belongs to it; it rejects then. */
  readonly signal: AbortSignal
}

export interface Ran {
  readonly place: Place
  /** `serving`, as runs say it; or how it failed. */
  readonly outcome: string
  readonly millis: number
  readonly events: readonly HistoryEvent[]
  /** The kills that the run has lived to see. */
  readonly struck: readonly Struck[]
  readonly left: Left
}

/** Every run has the same name, so that they differ in nothing but what befalls them. */
const CAUSE = 'chaos'
const POLL_MILLIS = 50
const DEATH_MILLIS = 10_000

/** One run of the subject from its beginning, with machinery of its own, which is gone when it answers. */
export async function runOnce(subject: Subject, options: RunOnce): Promise<Ran> {
  const { settings, folder } = subject.origin
  options.signal.throwIfAborted()
  const place = await layPlace(options.folder, { root: settings.root, origin: folder })
  const machinery = await startMachinery(place, options)
  let connection: Connection | undefined
  try {
    options.signal.throwIfAborted()
    connection = await Connection.connect({ address: place.settings.temporal.address })
    const ran = await live(subject, { ...options, place, machinery, client: new Client({ connection }) })
    await untilReady(machinery, { killed: ran.struck.map(({ pid }) => pid), signal: options.signal })
    await machinery.stop()
    await untilGone(place)
    return { ...ran, place, left: await leftBy(place) }
  } finally {
    await machinery.stop({ atOnce: true })
    await connection?.close()
  }
}

interface Living extends RunOnce {
  readonly place: Place
  readonly machinery: Machinery
  readonly client: Client
}

async function live(subject: Subject, living: Living): Promise<Pick<Ran, 'outcome' | 'millis' | 'events' | 'struck'>> {
  const { client, place } = living
  const { plan, planDigest, parameters, approvers } = subject
  const run = runIdOf(plan.pipeline, CAUSE)
  const store = openStore(place.settings.store)
  const orderer =
    approvers.length > 0 ? await enrolledPerson(AUTHOR.person, { settings: place.settings, store }) : undefined
  const taskQueue = place.settings.queue
  const start = {
    plan,
    planDigest,
    parameters,
    cause: CAUSE,
    taskQueue,
    requestedBy: 'chaos',
    ...(orderer && { orderer }),
  }
  const began = performance.now()
  const { handle } = await startRun(client, store.artifacts, start)
  const { runId } = await handle.describe()
  const ended = new AbortController()
  const ending = untilEnded(living, run).finally(() => ended.abort())
  const parts = [
    ending,
    strikeAll(living, { run, ended: ended.signal }),
    signAsAsked({ client, run, place, approvers, ended: ended.signal }),
  ] as const
  // All that is asked of the server has to be answered before the server, and the way to it, may go.
  await Promise.allSettled(parts)
  const [{ outcome, at }, struck] = await Promise.all(parts)
  return { outcome, struck, millis: Math.round(at - began), events: await historyOf(client, run, runId) }
}

async function strikeAll(
  { kills, ...living }: Living,
  goingOn: { readonly run: string; readonly ended: AbortSignal },
): Promise<readonly Struck[]> {
  const struck: Struck[] = []
  for (const kill of kills) {
    const one = await strike(kill, { ...living, ...goingOn })
    if (one !== undefined) struck.push(one)
  }
  return struck
}

interface End {
  readonly outcome: string
  /** By `performance.now()`. */
  readonly at: number
}

async function untilEnded({ client, withinMillis, signal }: Living, run: string): Promise<End> {
  const deadline = performance.now() + withinMillis
  for (;;) {
    signal.throwIfAborted()
    const described = await describe({ client, run })
    const at = performance.now()
    if (described?.status.name === 'COMPLETED') {
      const { outcome } = await client.workflow.getHandle<typeof runPipeline>(run).result()
      return { outcome, at }
    }
    if (described !== undefined && described.status.name !== 'RUNNING') return { outcome: described.status.name, at }
    if (at > deadline) return { outcome: `still under way after ${Math.round(withinMillis / 1000)} s`, at }
    await pause(POLL_MILLIS)
  }
}

/** The last worker to start has swept up after those that were killed, whose ends may be unheard of yet. */
async function untilReady(
  { server, worker }: Machinery,
  { killed, signal }: { readonly killed: readonly number[]; readonly signal: AbortSignal },
): Promise<void> {
  const isReady = (kept: Kept): boolean => {
    const pid = kept.process()?.pid
    return pid !== undefined && !killed.includes(pid)
  }
  while (!(isReady(server) && isReady(worker))) {
    signal.throwIfAborted()
    await pause(POLL_MILLIS)
  }
}

/** A child dies with its worker, but not at the same instant; one that is there afterwards is told of. */
async function untilGone({ folder }: Place): Promise<void> {
  const deadline = performance.now() + DEATH_MILLIS
  while (processesUnder(folder).length > 0 && performance.now() < deadline) await pause(POLL_MILLIS)
}
