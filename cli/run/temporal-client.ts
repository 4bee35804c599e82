import { Client, Connection } from '@temporalio/client'
import { connectionOptions } from '../../config/connection-options.ts'
import type { Settings } from '../../config/settings.ts'
import { CliError } from '../errors.ts'

const CONNECT_TIMEOUT = '3 seconds'

/** A client of the settings' server and namespace. Close its connection when done. Throws `temporal-unreachable`. */
export async function connectClient(settings: Settings): Promise<Client> {
  const { address, namespace } = settings.temporal
  try {
    const connection = await Connection.connect({ ...connectionOptions(settings), connectTimeout: CONNECT_TIMEOUT })
    return new Client({ connection, namespace })
  } catch (cause) {
    throw new CliError('temporal-unreachable', {
      message: `Temporal at "${address}" does not answer`,
      expected: 'a Temporal server',
      got: reasonOf(cause),
      remedy: 'start one with `anneal dev`, or set TEMPORAL_ADDRESS to one that runs',
      cause,
    })
  }
}

/** Throws what the server says where it has no such namespace. */
export async function expectNamespace({ workflowService, options: { namespace } }: Client): Promise<void> {
  await workflowService.describeNamespace({ namespace })
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const [first = ''] = cause.message.split('\n')
  return first.includes('before the deadline') ? `no answer within ${CONNECT_TIMEOUT}` : first
}
