import { spawn, type ChildProcess as Spawned } from 'node:child_process'
import type { Socket } from 'node:net'
import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import { identityOf, type ProcessIdentity } from '../../store/process-identity.ts'
import { ActivityError } from '../errors.ts'
import { openRecord, type RecordedCall } from './child-record.ts'
import { eachLine } from './each-line.ts'
import { killGroup } from './orphans.ts'
import { LONGEST_LINE, type ChildAnswer, type ChildReport, type FromChild, type ToChild } from './protocol.ts'

export interface Command {
  readonly program: string
  readonly args: readonly string[]
  /** What the child sees besides PATH, LANG and TZ. */
  readonly environment: Readonly<Record<string, string>>
  /** Holds the record of the child. */
  readonly folder: string
}

export interface LogLine {
  /** `log`: fields that the step logged, as JSON. */
  readonly stream: 'stdout' | 'stderr' | 'log'
  readonly text: string
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A process of its own group, whose stdin is its lifeline and whose descriptor 3 speaks `protocol.ts`. */
export interface ChildProcess {
  readonly identity: ProcessIdentity
  /** After what it wrote before it ended has been handed on. Never rejects. */
  readonly exited: Promise<Exit>
  /**
   * Has `next` hear what the child says and how it ends, after whoever heard it before; at once where it has ended.
   * While somebody listens, this process does not end. `undefined`: nobody.
   */
  listen(next: Listener | undefined): void
  isAlive(): boolean
  send(message: ToChild): void
  /** Writes down what it works on from here on, and where. */
  record(call: RecordedCall): void
  /** SIGKILLs the whole group. */
  kill(): void
}

export interface Listener {
  answer(message: ChildAnswer): void
  log(line: LogLine): void
  report(report: ChildReport): void
  exited(exit: Exit): void
}

/** Longer lines are cut; what no newline ends within it is a line too. */
const LONGEST_LOG_LINE = 16 * 1024

/** Starts a child. Throws `task-crashed`. */
export async function startProcess(command: Command): Promise<ChildProcess> {
  const spawned = spawn(command.program, command.args, {
    cwd: command.folder,
    detached: true,
    shell: false,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LANG: 'C.UTF-8', TZ: 'UTC', ...command.environment },
  })
  await new Promise<void>((resolve, reject) => {
    spawned.once('spawn', resolve).once('error', (error) => reject(notStarted(command, error)))
  })
  const child = identityOf(spawned.pid)
  if (child === undefined) throw notStarted(command, new Error('its process ended at once'))
  return attach(spawned, child, command.folder)
}

function attach(spawned: Spawned, identity: ProcessIdentity, folder: string): ChildProcess {
  const [stdin, stdout, stderr, channel] = streamsOf(spawned)
  const record = openRecord(folder, identity)
  let alive = true
  let listener: Listener | undefined
  const exited = new Promise<Exit>((resolve) => {
    spawned.once('exit', (code, signal) => {
      alive = false
      // What it started and left behind goes with it.
      killGroup(identity.pid)
      record.remove()
      afterReads(() => {
        resolve({ code, signal })
        listener?.exited({ code, signal })
      })
    })
  })
  const child: ChildProcess = {
    identity,
    exited,
    listen: (next) => {
      listener = next
      if (!alive && next !== undefined) void exited.then((exit) => next.exited(exit))
      if (next === undefined) spawned.unref()
      else spawned.ref()
    },
    isAlive: () => alive,
    send: (message) => void channel.write(`${JSON.stringify(message)}\n`),
    record: (call) => record.write(call),
    kill: () => {
      if (alive) killGroup(identity.pid)
    },
  }
  for (const stream of [stdin, stdout, stderr, channel]) {
    // A child that is gone breaks its pipes; `exited` tells.
    stream.on('error', () => undefined)
    stream.unref()
  }
  spawned.unref()
  const log = (stream: LogLine['stream']) => (text: string) => listener?.log({ stream, text })
  eachLine(stdout, { longest: LONGEST_LOG_LINE, onLine: log('stdout') })
  eachLine(stderr, { longest: LONGEST_LOG_LINE, onLine: log('stderr') })
  hear(channel, { child, listener: () => listener })
  return child
}

interface Heard {
  readonly child: ChildProcess
  readonly listener: () => Listener | undefined
}

function hear(channel: Readable, { child, listener }: Heard): void {
  eachLine(channel, {
    longest: LONGEST_LINE,
    onLine: (line) => {
      const message = parse(line)
      if (message === undefined) return child.kill()
      if (message.type === 'log') return listener()?.log({ stream: 'log', text: message.text })
      if (message.type === 'progress' || message.type === 'checkpoint') return listener()?.report(message)
      // What the child printed first may be read last.
      afterReads(() => listener()?.answer(message))
    },
  })
}

/** User code could write into the channel too: what is no message ends the child. */
function parse(line: string): FromChild | undefined {
  try {
    const message: unknown = JSON.parse(line)
    // Beyond its tag the shape is that of our own programs.
    return typeof message === 'object' && message !== null && 'type' in message ? (message as FromChild) : undefined
  } catch {
    return undefined
  }
}

/** Once every descriptor that is readable by this time has been read: reads come before `setImmediate` in each turn. */
function afterReads(act: () => void): void {
  setImmediate(act)
}

function streamsOf(spawned: Spawned): readonly [Socket, Socket, Socket, Socket] {
  // Pipes to children are sockets in Node, in both directions; the types know them by their common part only.
  return spawned.stdio as unknown as readonly [Socket, Socket, Socket, Socket]
}

function notStarted({ program }: Command, error: Error): ActivityError {
  const got = 'code' in error ? String(error.code) : error.message
  const message = `child process of "${basename(program)}": expected it to start, got ${got}`
  return new ActivityError('task-crashed', { message, retry: true })
}
