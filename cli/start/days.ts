import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { loadSettings } from '../../config/settings.ts'
import { engineProgram } from '../../store/engine-program.ts'
import { EXAMPLE, SOURCE_FOLDER } from './example.ts'
import { tell } from './tell.ts'

const AHEAD_MILLIS = EXAMPLE.daysAhead * 86_400_000

/** Where days lie that have not arrived yet. */
export function daysFolder(): string {
  return join(loadSettings().stateFolder, 'replay-days')
}

/** The days that the first run reads, and two more, as they would for data of its own; the others lie ready to be replayed. */
export async function cutDays(): Promise<void> {
  await cut({ from: EXAMPLE.firstDay, to: dayOf(Date.parse(EXAMPLE.asOf) + AHEAD_MILLIS), out: SOURCE_FOLDER })
  await cut({ from: dayOf(Date.parse(EXAMPLE.asOf)), to: EXAMPLE.lastDay, out: daysFolder() })
}

/** Nothing is said of days that are there. */
async function cut({
  from,
  to,
  out,
}: {
  readonly from: string
  readonly to: string
  readonly out: string
}): Promise<void> {
  const [program, ...args] = engineProgram('pipelines/flight-delay/cut-days.ts')
  const days = ['--from', from, '--to', to, '--out', out, '--quiet']
  const { stdout } = await promisify(execFile)(program, [...args, ...days], { cwd: loadSettings().root })
  if (stdout !== '') tell(stdout.trimEnd())
}

function dayOf(millis: number): string {
  return new Date(millis).toISOString().slice(0, 10)
}
