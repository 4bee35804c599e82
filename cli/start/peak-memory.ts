import { readFileSync } from 'node:fs'
import { readDevRecord } from '../../config/dev-record.ts'
import { loadSettings } from '../../config/settings.ts'
import type { DevHandle } from '../dev/start-dev.ts'
import type { Replay } from './replay-process.ts'

/** The most memory that each process of a loop has held, in MiB, by what it is; none where there is no /proc. */
export async function peakMemory({
  dev,
  replay,
}: {
  readonly dev: DevHandle
  readonly replay: Replay
}): Promise<readonly (readonly [name: string, mib: number])[]> {
  const record = readDevRecord(loadSettings().stateFolder)
  const processes = [
    ['temporal', record?.server?.pid],
    ['worker', record?.worker?.pid],
    ['gateway', record?.gateway?.pid],
    ['replay', replay.pid],
    ['start', process.pid],
  ] as const
  const own = processes.flatMap(([name, pid]) => (pid === undefined ? [] : [[name, peakMibOf(pid)] as const]))
  return [...own.filter(([, mib]) => mib > 0), ...(await childPeaks(dev))]
}

/** The resident set at its highest. */
function peakMibOf(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

/** As the worker counts them: the children of each node. */
async function childPeaks({ metricsUrl }: DevHandle): Promise<readonly (readonly [string, number])[]> {
  if (metricsUrl === undefined) return []
  const text = await fetch(metricsUrl).then(
    (response) => response.text(),
    () => '',
  )
  const found = text.matchAll(/^anneal_child_peak_mebibytes\{node="([^"]+)"\} ([\d.]+)$/gm)
  return [...found].map(([, node = '', mib]) => [`child of ${node}`, Number(mib)] as const)
}
