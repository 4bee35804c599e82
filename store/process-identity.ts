import { execFileSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** Names one process for good: a pid is given again to others, a pid with its start time is not. */
export interface ProcessIdentity {
  /** Host and, on Linux, the namespace in which `pid` means something. */
  readonly host: string
  readonly pid: number
  /** When it started, in the system's own terms: compare for equality only. Of `[A-Za-z0-9-]`. */
  readonly startedAt: string
}

const linux = process.platform === 'linux'
const self = { host: hostIdentity(), pid: process.pid, startedAt: startOf(process.pid) ?? 'unknown' }

/** The identity of a living process of this host, by default this one; `undefined` where there is none. */
export function identityOf(pid: number = process.pid): ProcessIdentity | undefined {
  if (pid === process.pid) return self
  const startedAt = startOf(pid)
  return startedAt === undefined ? undefined : { host: self.host, pid, startedAt }
}

/** This process. */
export function ownIdentity(): ProcessIdentity {
  return self
}

/**
 * Whether the process still runs; a zombie does not. `undefined` where it is on another host, or in another
 * container, so that nothing can be said.
 */
export function isAlive(identity: ProcessIdentity): boolean | undefined {
  if (identity.host !== self.host) return undefined
  return startOf(identity.pid) === identity.startedAt
}

function hostIdentity(): string {
  const name = hostname().replaceAll(/[^A-Za-z0-9.-]/g, '-')
  if (!linux) return name
  // `pid:[4026531836]`: containers that share a host name do not share pids.
  return `${name}:${/\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0'}`
}

function startOf(pid: number): string | undefined {
  return linux ? startFromProc(pid) : startFromPs(pid)
}

/** Clock ticks since boot (proc(5), field 22 of `stat`), after the first part of the boot's own id. */
function startFromProc(pid: number): string | undefined {
  const stat = readOrUndefined(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  // Field 2 is the program's name in parentheses, and may hold spaces and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state] = fields
  const ticks = fields[19]
  if (state === 'Z' || state === 'X' || ticks === undefined) return undefined
  const boot = readOrUndefined('/proc/sys/kernel/random/boot_id') ?? ''
  return `${boot.slice(0, 8)}-${ticks}`
}

function startFromPs(pid: number): string | undefined {
  try {
    const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' }
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { env, encoding: 'utf8' }).trim()
    const [state = 'Z', ...start] = line.split(/\s+/)
    return state.startsWith('Z') ? undefined : start.join('-').replaceAll(/[^A-Za-z0-9-]/g, '-')
  } catch {
    // `ps` answers 1 where there is no such process.
    return undefined
  }
}

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
