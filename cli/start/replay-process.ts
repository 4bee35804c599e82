import { join } from 'node:path'
import { loadSettings } from '../../config/settings.ts'
import type { Clock } from '../../store/generation.ts'
import { CliError } from '../errors.ts'
import { spawnOnLifeline } from '../dev/lifeline.ts'
import { LogFile } from '../dev/log-file.ts'
import { engineProgram } from '../../store/engine-program.ts'
import { EXAMPLE, SOURCE_FOLDER } from './example.ts'
import { daysFolder } from './days.ts'
import { positionFile } from './service-clock.ts'

/** The replay's program at work. */
export interface Replay {
  /** Settles, with `run-failed`, where the program ends before its last day is over, and never else. */
  readonly failed: Promise<never>
  readonly pid: number
  readonly stop: () => Promise<void>
}

interface Replaying {
  readonly gateway: string
  readonly clock: Clock
}

/** Starts it; it dies with this process. */
export function startReplay({ gateway, clock }: Replaying): Replay {
  const { root, stateFolder } = loadSettings()
  const log = new LogFile(join(stateFolder, 'logs', 'replay.log'))
  const flags = {
    gateway,
    service: EXAMPLE.name,
    clock: JSON.stringify(clock),
    from: EXAMPLE.asOf,
    to: EXAMPLE.lastFlights,
    share: String(EXAMPLE.share),
    days: daysFolder(),
    out: join(root, SOURCE_FOLDER),
    position: positionFile(),
  }
  const command = [
    ...engineProgram('cli/start/replay/main.ts'),
    ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]),
  ]
  const child = spawnOnLifeline(command, { cwd: stateFolder, output: (chunk) => log.write(chunk) })
  let isStopped = false
  const ended = child.ended.then(async (how) => {
    await log.close()
    return how
  })
  const failed = ended.then((how) =>
    how === 'exit 0' || isStopped ? new Promise<never>(() => {}) : Promise.reject(fellOver(how)),
  )
  failed.catch(() => {})
  return {
    failed,
    pid: child.pid,
    stop: async () => {
      isStopped = true
      await child.stop()
      await ended
    },
  }
}

function fellOver(how: string): CliError {
  const message = `replay: expected it to come to its end, got ${how}`
  return new CliError('run-failed', { message, remedy: 'read logs/replay.log in the state folder' })
}
