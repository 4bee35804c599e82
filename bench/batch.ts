import { spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pythonEnvironments } from '../activities/children/python-environment.ts'
import { startWorker } from '../cli/dev/worker-process.ts'
import { freePort } from '../cli/temporal-server.ts'
import { machineCache } from '../config/machine-cache.ts'
import { createKey } from '../store/signing/keys.ts'
import { childPeaks, secondsByNode } from './batch-nodes.ts'
import { type Figure, median } from './measure.ts'
import { cpuSecondsOf, cpuSecondsOfEnded, peakMibOf } from './process-usage.ts'
import type { Rig } from './rig.ts'

const ROOT = join(import.meta.dirname, '..')
const TURNS = 3

/** One side's turn. */
interface Turn {
  readonly seconds: number
  readonly cpuSeconds: number
}

interface OwnTurn extends Turn {
  readonly workerMib: number
  readonly nodes: ReadonlyMap<string, number>
  readonly peaks: ReadonlyMap<string, number>
}

/**
 * `anneal run bench/pipelines/flight-delay-batch.ts` from 90 daily parts to a registered model, with nothing in the store; beside it
 * the same by hand with DuckDB and LightGBM. The Python environment is there before.
 */
export async function flightDelay(rig: Rig): Promise<Figure> {
  const project = aProject()
  try {
    await command([RUN, 'pipelines/flight-delay/cut-days.ts', '--out', join(project, 'source-data/flights')])
    const python = await trainersPython()
    const [ours, peer]: [OwnTurn[], Turn[]] = [[], []]
    for (let turn = 0; turn < TURNS; turn += 1) {
      ours.push(await ownTurn(rig, project, turn))
      peer.push(await peerTurn(project, python))
    }
    return figureOf(ours, peer)
  } finally {
    rmSync(project, { recursive: true, force: true })
  }
}

const RUN = join(ROOT, 'setup/run.mjs')
const ANNEAL = join(ROOT, 'setup/anneal.mjs')
const PIPELINE = join(ROOT, 'bench/pipelines/flight-delay-batch.ts')
const AS_OF = 'asOf=2001-04-01T00:00:00Z'

/** Inside the repository, so that packages are found from it. */
function aProject(): string {
  const parent = join(ROOT, '.anneal')
  mkdirSync(parent, { recursive: true })
  const project = mkdtempSync(join(parent, 'bench-'))
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }\n')
  return project
}

async function trainersPython(): Promise<string> {
  const python = await pythonEnvironments(machineCache(process.env))(join(ROOT, 'trainers/tabular'))
  if (python === undefined) throw new Error('trainers/tabular: expected a uv.lock, got none')
  return python
}

async function ownTurn(rig: Rig, project: string, turn: number): Promise<OwnTurn> {
  const state = join(project, `state-${turn}`)
  const [queue, port] = [`batch-${turn}`, await freePort()]
  const env = {
    ...process.env,
    TEMPORAL_ADDRESS: rig.server.address,
    ANNEAL_STATE_FOLDER: state,
    ANNEAL_QUEUE: queue,
    ANNEAL_METRICS_PORT: String(port),
  }
  await createKey(join(state, 'keys'))
  const output = (chunk: Buffer): void => appendFileSync(join(project, 'worker.log'), chunk)
  const worker = await startWorker({ cwd: project, env, output })
  const servers = (): number => cpuSecondsOf(worker.pid) + cpuSecondsOf(rig.server.pid)
  const anneal = (verb: string): Promise<Turn> =>
    command([ANNEAL, verb, PIPELINE, '--param', AS_OF], { cwd: project, env })
  try {
    // Types and bundles are warm, as with whoever has planned before.
    await anneal('plan')
    const before = servers()
    const { seconds, cpuSeconds } = await anneal('run')
    return {
      seconds,
      cpuSeconds: cpuSeconds + servers() - before,
      workerMib: peakMibOf(worker.pid),
      nodes: await secondsByNode(rig.client, queue),
      peaks: await childPeaks(port),
    }
  } finally {
    await worker.stop()
    rmSync(state, { recursive: true, force: true })
  }
}

async function peerTurn(project: string, python: string): Promise<Turn> {
  const out = join(project, 'peer')
  mkdirSync(out)
  try {
    return await command([RUN, 'bench/bare/batch.ts', join(project, 'source-data/flights'), out, python])
  } finally {
    rmSync(out, { recursive: true })
  }
}

interface Place {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
}

/** Runs a Node program. Its output is shown on stderr. */
async function command(args: readonly string[], { cwd, env }: Place = { cwd: ROOT, env: process.env }): Promise<Turn> {
  const [begun, cpu] = [performance.now(), cpuSecondsOfEnded()]
  await new Promise<void>((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', process.stderr, process.stderr] })
    child.once('error', reject)
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${args.join(' ')}: exit ${String(code)}`)),
    )
  })
  return { seconds: (performance.now() - begun) / 1000, cpuSeconds: cpuSecondsOfEnded() - cpu }
}

function figureOf(ours: readonly OwnTurn[], peer: readonly Turn[]): Figure {
  const [own, bare] = [medianOf(ours, 'seconds'), medianOf(peer, 'seconds')]
  const [ownCpu, bareCpu] = [medianOf(ours, 'cpuSeconds'), medianOf(peer, 'cpuSeconds')]
  const nodes = [...(ours[0]?.nodes.keys() ?? [])].map((node) => {
    const seconds = median(ours.map((turn) => turn.nodes.get(node) ?? Number.NaN))
    const peak = Math.max(...ours.map((turn) => turn.peaks.get(node) ?? 0))
    return `${node}: ${seconds.toFixed(2)} s${peak > 0 ? `, child's peak ${Math.round(peak)} MiB` : ''}`
  })
  const worker = Math.max(...ours.map(({ workerMib }) => workerMib))
  return {
    case: 'batch',
    ours: own,
    peer: bare,
    ratio: own / bare,
    unit: 's',
    bound: 'ours < 90 s, ratio <= 1.25',
    details: [
      `CPU: ours ${ownCpu.toFixed(1)} s, peer ${bareCpu.toFixed(1)} s, ratio ${(ownCpu / bareCpu).toFixed(2)}`,
      `worker: peak ${Math.round(worker)} MiB resident (bound 700 MiB)`,
      ...nodes,
    ],
  }
}

function medianOf(turns: readonly Turn[], of: keyof Turn): number {
  return median(turns.map((turn) => turn[of]))
}
