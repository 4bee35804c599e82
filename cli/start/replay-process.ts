import { join } from 'node:path'
import { loadSettings } from '../../config/settings.ts'
import type { Clock } from '../../store/generation.ts'
import { CliError } from '../errors.ts'
import { spawnOnLifeline } from '../dev/lifeline.ts'
import { LogFile } from '../dev/log-file.ts'
import { typeScriptProgram } from '../dev/typescript-program.ts'
import { EXAMPLE, SOURCE_FOLDER } from './example.ts'
import { daysFolder } from './days.ts'
import { positionFile } from './service-clock.ts'

/** The replay's program at work. */
export interface Replay {
  /** Settles when the last day is over. Throws `run-failed` where the program ended before. */
  readonly ended: Promise<void>
  readonly pid: number
  readonly stop: () => Promise<void>
}

interface Replaying {
  readonly gateway: string
  readonly clock: Clock
  /** Event time, ISO 8601. */
  readonly until: string
}

/** Starts it; it dies with this process. */
export function startReplay({ gateway, clock, until }: Replaying): Replay {
  const { root, stateFolder } = loadSettings()
  const log = new LogFile(join(stateFolder, 'logs', 'replay.log'))
  const flags = {
    gateway,
    service: EXAMPLE.name,
    clock: JSON.stringify(clock),
    from: EXAMPLE.asOf,
    to: until,
    share: String(EXAMPLE.share),
    days: daysFolder(),
    out: join(root, SOURCE_FOLDER),
    position: positionFile(),
  }
  const command = [
    ...typeScriptProgram('cli/start/replay/main.ts'),
    ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]),
  ]
  const child = spawnOnLifeline(command, { cwd: stateFolder, output: (chunk) => log.write(chunk) })
  let isStopped = false
  const ended = child.ended.then(async (how) => {
    await log.close()
    if (how === 'exit 0' || isStopped) return
    throw new CliError('run-failed', {
      message: `replay: expected it to come to its end, got ${how}`,
      remedy: 'read logs/replay.log in the state folder',
    })
  })
  ended.catch(() => {})
  return {
    ended,
    pid: child.pid,
    stop: async () => {
      isStopped = true
      await child.stop()
      await ended
    },
  }
}
