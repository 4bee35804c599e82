import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isAlive, type ProcessIdentity } from '../store/process-identity.ts'
import type { Traffic } from '../store/traffic.ts'

/** Names a gateway's process for good. */
export function gatewayName({ host, pid, startedAt }: ProcessIdentity): string {
  return `${host}:${pid}:${startedAt}`
}

/** Ships what gateways that are dead left in `gateways/<name>/journal/<service>/`, and removes their folders. Answers how many segments. */
export async function shipJournals(folder: string, traffic: Traffic): Promise<number> {
  const names = await readdir(folder).catch(() => [])
  let segments = 0
  for (const gateway of names) {
    if (!isDead(gateway)) continue
    segments += await shipOf(join(folder, gateway, 'journal'), { gateway, traffic })
    await rm(join(folder, gateway), { recursive: true, force: true })
  }
  return segments
}

function isDead(gateway: string): boolean {
  const [, host, pid, startedAt] = /^(.+):(\d+):([A-Za-z0-9-]+)$/.exec(gateway) ?? []
  if (host === undefined || startedAt === undefined) return false
  return isAlive({ host, pid: Number(pid), startedAt }) === false
}

interface Left {
  readonly gateway: string
  readonly traffic: Traffic
}

async function shipOf(journals: string, { gateway, traffic }: Left): Promise<number> {
  let segments = 0
  for (const service of await readdir(journals).catch(() => [])) {
    for (const name of await readdir(join(journals, service))) {
      const [, atMillis, n] = /^(\d+)\.(\d+)$/.exec(name) ?? []
      const text = await readFile(join(journals, service, name), 'utf8')
      // What was cut off in the middle of a line is no record.
      const whole = text.slice(0, text.lastIndexOf('\n') + 1)
      if (n === undefined || whole === '') continue
      const place = { service, gateway, atMillis: Number(atMillis), n: Number(n) }
      // The journal goes afterwards, and there is no other copy.
      await traffic.putLines(place, whole, { durable: true })
      segments += 1
    }
  }
  return segments
}
