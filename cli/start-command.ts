import { join } from 'node:path'
import { loadSettings } from '../config/settings.ts'
import { startDev } from './dev/start-dev.ts'
import { runFile } from './run/run-command.ts'

const EXAMPLE = join(import.meta.dirname, '../pipelines/seattle-temperature.ts')

/** `anneal start`: brings Temporal and a worker up, runs the example pipeline, and stays up unless `once`. Answers the exit code. */
export async function startCommand({ once = false }: { readonly once?: boolean }): Promise<number> {
  const dev = await startDev(loadSettings(), { report })
  try {
    // The address is that of the server just started.
    const code = await runFile(EXAMPLE, { settings: loadSettings(), options: { param: [] } })
    if (once || code !== 0) return code
    report(`\nTemporal UI ${dev.uiUrl ?? 'is that of your server'}; logs in ${dev.logs}; Ctrl-C stops all`)
    await untilAsked()
    return 0
  } finally {
    await dev.stop()
  }
}

function report(line: string): void {
  process.stderr.write(`${line}\n`)
}

function untilAsked(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
}
