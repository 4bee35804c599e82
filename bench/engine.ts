import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { prepare } from '../cli/pipeline-file/prepare.ts'
import { startRun, type RunHandle } from '../cli/run/start-run.ts'
import { type Figure, midmeans, millis, type Turns } from './measure.ts'
import type { Rig } from './rig.ts'

/** Starts runs of a bench pipeline, never to be reused. */
export async function starterOf({ client, settings, store }: Rig, name: string): Promise<() => Promise<RunHandle>> {
  const file = join(import.meta.dirname, 'pipelines', `${name}.ts`)
  const { plan, planDigest } = await prepare(file, { settings, store, typeCheck: false })
  return async () => {
    const salt = randomUUID()
    const { handle } = await startRun(client, store.artifacts, {
      plan,
      planDigest,
      parameters: { salt },
      cause: salt,
      taskQueue: settings.queue,
      requestedBy: 'bench',
    })
    return handle
  }
}

/** Starts one, and waits for its end. */
async function runnerOf(rig: Rig, name: string): Promise<() => Promise<unknown>> {
  const start = await starterOf(rig, name)
  return async () => (await start()).result()
}

function bare({ client, bareQueue }: Rig, workflow: string, size: number): Promise<unknown> {
  return client.workflow.execute(workflow, { taskQueue: bareQueue, workflowId: randomUUID(), args: [size] })
}

/** 20 steps, each on the one before: what the engine adds to a step's latency. */
export async function chain(rig: Rig): Promise<Figure> {
  return steps('chain-20', rig, { run: await runnerOf(rig, 'chain'), bare: 'bareChain', count: 20 })
}

/** A worker runs for days, and for about so many steps V8 still compiles what it runs. */
const WARM_STEPS = 4000

/** 100 steps at once: what the engine adds to a step's work. */
export async function fanOut(rig: Rig): Promise<Figure> {
  const run = await runnerOf(rig, 'fan-out')
  return steps('fan-out-100', rig, { run, bare: 'bareFanOut', count: 100, warmUp: WARM_STEPS / 100 })
}

interface Steps extends Omit<Turns, 'counted'> {
  readonly run: () => Promise<unknown>
  /** The peer's workflow. */
  readonly bare: string
  readonly count: number
}

/** The peer goes twice each turn: how much it differs from itself is how much the ratio may be off. */
async function steps(name: string, rig: Rig, { run, bare: workflow, count, ...turns }: Steps): Promise<Figure> {
  const peerRun = (): Promise<number> => millis(() => bare(rig, workflow, count))
  const sides = { ours: () => millis(run), peer: peerRun, again: peerRun }
  const { ours, peer, again } = await midmeans(sides, { counted: 100, ...turns })
  return {
    case: name,
    ours: ours / count,
    peer: peer / count,
    ratio: ours / peer,
    unit: 'ms a step',
    bound: '<= 1.3',
    details: [`the peer by itself: ratio ${(again / peer).toPrecision(3)}`],
  }
}

/** 200 runs of five steps at once: throughput, so above 1 is better. */
export async function concurrent(rig: Rig): Promise<Figure> {
  const run = await runnerOf(rig, 'five')
  const sides = { ours: () => twoHundred(run), peer: () => twoHundred(() => bare(rig, 'bareChain', 5)) }
  const { ours, peer } = await midmeans(sides, { counted: 7 })
  return {
    case: 'concurrent-200x5',
    ours: perSecond(ours),
    peer: perSecond(peer),
    ratio: peer / ours,
    unit: 'steps/s',
    bound: '>= 0.75',
  }
}

function twoHundred(one: () => Promise<unknown>): Promise<number> {
  return millis(() => Promise.all(Array.from({ length: 200 }, one)))
}

function perSecond(taken: number): number {
  return (200 * 5 * 1000) / taken
}
