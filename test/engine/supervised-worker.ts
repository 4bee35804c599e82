import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LifelineProcess } from '../../cli/dev/lifeline.ts'
import { supervise, type Supervision } from '../../cli/dev/supervise.ts'
import type { Rig } from './rig.ts'

export interface SupervisedWorker extends Supervision {
  /** Of the one that runs. */
  readonly pid: () => number
}

/** A worker that is started again when it dies, as `anneal dev` does. */
export async function aSupervisedWorker(rig: Rig, env: NodeJS.ProcessEnv = {}): Promise<SupervisedWorker> {
  let current: LifelineProcess | undefined
  const supervision = await supervise({
    name: 'worker',
    start: () => rig.startWorker(env),
    changed: (process) => (current = process ?? current),
    report: (line) => appendFileSync(join(rig.project.root, 'workers.log'), `${line}\n`),
  })
  return { ...supervision, pid: () => current?.pid ?? 0 }
}
