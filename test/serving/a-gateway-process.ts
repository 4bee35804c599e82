import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { spawnOnLifeline } from '../../cli/dev/lifeline.ts'
import { engineProgram } from '../../store/engine-program.ts'
import { eventually } from '../engine/eventually.ts'

export interface GatewayProcess {
  readonly address: string
  readonly gateway: string
  readonly pid: number
  /** `exit 0`, `SIGKILL`. */
  readonly ended: Promise<string>
  readonly signal: (name: NodeJS.Signals) => void
  readonly log: () => string
}

/** `anneal serve` in a process of its own. */
export async function aGatewayProcess(folder: string, args: readonly string[] = []): Promise<GatewayProcess> {
  const written: string[] = []
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    ANNEAL_STATE_FOLDER: join(folder, 'state'),
    ANNEAL_STORE: join(folder, 'store'),
    ANNEAL_KEYS: join(folder, 'keys'),
  }
  const program = spawnOnLifeline([...engineProgram('cli/main.ts'), 'serve', '--port', '0', '--json', ...args], {
    cwd: folder,
    env,
    output: (chunk) => written.push(chunk.toString('utf8')),
  })
  onTestFinished(program.kill)
  const said = await eventually('the gateway is ready', () => /^\{"ready":true.*\}$/m.exec(written.join(''))?.[0])
  const { address, gateway, pid } = JSON.parse(said) as {
    readonly address: string
    readonly gateway: string
    readonly pid: number
  }
  return {
    address,
    gateway,
    pid,
    ended: program.ended,
    signal: (name) => void process.kill(pid, name),
    log: () => written.join(''),
  }
}
