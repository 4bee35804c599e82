import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { type Figure, midmeans, millis } from './measure.ts'
import type { Rig } from './rig.ts'

const ROOT = join(import.meta.dirname, '..')

/** `anneal run` of a one-step pipeline with the server up, as a user types it; beside it an empty Node program. */
export async function oneStepCommand(rig: Rig): Promise<Figure> {
  const anneal = (): Promise<number> =>
    millis(() => node(rig, ['setup/anneal.mjs', 'run', 'bench/pipelines/one.ts', '--param', `salt=${randomUUID()}`]))
  const empty = (): Promise<number> => millis(() => node(rig, ['--eval', '0']))
  const { ours, peer } = await midmeans({ ours: anneal, peer: empty }, { counted: 7, warmUp: 1 })
  const figures = { ours: ours / 1000, peer: peer / 1000 }
  return { case: 'run-one-step', ...figures, ratio: figures.ours / figures.peer, unit: 's', bound: 'ours <= 1.5 s' }
}

function node({ env }: Rig, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'ignore', 'inherit'] })
    child.once('error', reject)
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${args.join(' ')}: exit ${String(code)}`)),
    )
  })
}
