import type { Settings } from '../config/settings.ts'
import { untilAsked } from './until-asked.ts'
import { type DevHandle, type DevOptions, startDev } from './dev/start-dev.ts'

export interface DevCommandOptions extends Omit<DevOptions, 'report'> {
  /** One JSON line instead of text for a person. */
  readonly json: boolean
}

/** `anneal dev`: runs until Ctrl-C or SIGTERM, then stops all; a second one ends all at once. Answers the exit code. */
export async function dev(settings: Settings, { json, ...options }: DevCommandOptions): Promise<number> {
  const handle = await startDev(settings, { ...options, report })
  // Until here a signal ends this process at once, and its lifelines all that it started.
  const asked = untilAsked()
  process.stdout.write(json ? `${JSON.stringify(handle)}\n` : banner(handle))
  await asked
  report('anneal dev: stopping; Ctrl-C once more ends it at once')
  const stopped = handle.stop().then(() => 0)
  const again = untilAsked().then(() => 130)
  const code = await Promise.race([stopped, again])
  if (code === 130) await handle.stop({ atOnce: true })
  return code
}

function report(line: string): void {
  process.stderr.write(`${line}\n`)
}

function banner({ address, namespace, uiUrl, metricsUrl, gatewayUrl, logs }: DevHandle): string {
  const rows = [
    ['temporal', `${address}, namespace ${namespace}`],
    ...(uiUrl === undefined ? [] : [['page', uiUrl]]),
    ...(metricsUrl === undefined ? [] : [['metrics', metricsUrl]]),
    ...(gatewayUrl === undefined ? [] : [['gateway', `${gatewayUrl}/v2`]]),
    ['logs', logs],
    ['stop', 'Ctrl-C'],
  ]
  return `anneal dev is ready\n${rows.map(([name = '', value = '']) => `  ${name.padEnd(9)} ${value}\n`).join('')}`
}
