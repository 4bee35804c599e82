import { setTimeout as pause } from 'node:timers/promises'
import { loadSettings } from '../../config/settings.ts'
import { requireRun } from './require-run.ts'
import { runOver } from './run-over.ts'
import type { RunHandle } from './start-run.ts'
import { connectClient } from './temporal-client.ts'

/** A step hears of it with a heartbeat, by default within 12 s. */
const PATIENCE_MILLIS = 30_000

/** Asks a run to stop and waits a while for its end. Throws `run-unknown`, `run-over`. */
export async function cancelCommand(run: string, { json = false }: { readonly json?: boolean }): Promise<void> {
  const client = await connectClient(loadSettings())
  try {
    const { handle, info } = await requireRun(client, run)
    const status = info.status.name.toLowerCase()
    if (status !== 'running') throw runOver(run, status)
    await handle.cancel()
    const ended = await endWithin(handle, PATIENCE_MILLIS)
    process.stdout.write(json ? `${JSON.stringify({ run, ended })}\n` : `${told(run, ended)}\n`)
  } finally {
    await client.connection.close()
  }
}

async function endWithin(handle: RunHandle, millis: number): Promise<boolean> {
  // However the run ends, cancelled or completed before it heard, it is over.
  const calls = new AbortController()
  const waiting = handle.client.withAbortSignal(calls.signal, () => handle.result())
  const over = waiting.then(
    () => true,
    () => true,
  )
  const late = pause(millis, false, { signal: calls.signal })
  late.catch(() => {})
  const ended = await Promise.race([over, late])
  calls.abort()
  return ended
}

function told(run: string, ended: boolean): string {
  return ended
    ? `cancelled ${run}; what it has done is reused by the next run`
    : `asked ${run} to stop; it ends once its workers have stopped what runs`
}
