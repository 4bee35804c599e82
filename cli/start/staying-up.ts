import type { DevHandle } from '../dev/start-dev.ts'

export type Row = readonly [name: string, value: string]

export function machineryRows({ uiUrl, metricsUrl, logs }: DevHandle): readonly Row[] {
  return [
    ['Temporal UI', uiUrl ?? 'that of your server'],
    ...(metricsUrl === undefined ? [] : [['metrics', metricsUrl] as const]),
    ['logs', logs],
    ['stop', 'Ctrl-C'],
  ]
}

export function shown(rows: readonly Row[]): string {
  return rows.map(([name, value]) => `\n${name.padEnd(12)} ${value}`).join('')
}
