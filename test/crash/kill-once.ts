import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'vitest'
import type { LifelineProcess } from '../../cli/dev/lifeline.ts'
import { engineProgram } from '../../store/engine-program.ts'

interface Moment {
  /** Absolute. */
  readonly folder: string
  /** Text that no object under it holds yet. */
  readonly holds: string
}

/** Has a process killed once there is such an object: what it was about to report of it is never heard. Settles once that is watched for. */
export async function killOnce(
  { pid }: Pick<LifelineProcess, 'pid'>,
  { folder, holds }: Moment,
  onTestFinished: TestContext['onTestFinished'],
): Promise<void> {
  const [command, ...program] = engineProgram('test/crash/killer-child.ts')
  const killer = spawn(command, [...program, folder, String(pid), holds], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void killer.kill())
  await once(killer.stdout, 'data')
}
