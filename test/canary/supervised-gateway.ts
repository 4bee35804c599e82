import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { spawnOnLifeline, type LifelineProcess } from '../../cli/dev/lifeline.ts'
import { supervise } from '../../cli/dev/supervise.ts'
import { engineProgram } from '../../store/engine-program.ts'
import { eventually } from '../engine/eventually.ts'
import type { SupervisedWorker } from '../engine/supervised-worker.ts'
import type { CanaryRig } from './canary-rig.ts'

/** `anneal serve` for all services of the rig, started again when it dies. */
export async function aSupervisedGateway({ project }: CanaryRig): Promise<SupervisedWorker> {
  const written: string[] = []
  let pid = 0
  const start = async (): Promise<LifelineProcess> => {
    written.length = 0
    const program = spawnOnLifeline([...engineProgram('cli/main.ts'), 'serve', '--port', '0', '--json'], {
      cwd: project.root,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
      output: (chunk) => written.push(chunk.toString('utf8')),
    })
    const said = await eventually('the gateway is ready', () => /"ready":true.*"pid":(\d+)/.exec(written.join(''))?.[1])
    pid = Number(said)
    return program
  }
  const report = (line: string): void => appendFileSync(join(project.root, 'gateways.log'), `${line}\n`)
  const supervision = await supervise({ name: 'gateway', start, changed: () => {}, report })
  return { ...supervision, pid: () => pid }
}
