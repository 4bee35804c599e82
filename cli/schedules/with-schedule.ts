import { ScheduleNotFoundError, type Client, type ScheduleHandle } from '@temporalio/client'
import { loadSettings } from '../../config/settings.ts'
import { CliError } from '../errors.ts'
import { connectClient } from '../run/temporal-client.ts'
import { idOf } from './declared.ts'

export interface Found {
  readonly client: Client
  readonly handle: ScheduleHandle
}

/** Works on a schedule there is. Throws `schedule-unknown`. */
export async function withSchedule<T>(name: string, work: (found: Found) => Promise<T>): Promise<T> {
  const client = await connectClient(loadSettings())
  try {
    return await work({ client, handle: client.schedule.getHandle(idOf(name)) })
  } catch (error) {
    throw error instanceof ScheduleNotFoundError ? unknown(name, error) : error
  } finally {
    await client.connection.close()
  }
}

function unknown(name: string, cause: unknown): CliError {
  return new CliError('schedule-unknown', {
    message: `schedule "${name}" is not known`,
    expected: 'the name of a schedule: the pipeline’s, or <pipeline>:retrain',
    got: `"${name}"`,
    remedy: 'list them with `anneal schedule list`',
    cause,
  })
}
