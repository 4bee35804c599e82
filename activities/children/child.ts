import type { Digest, Json } from '../../dsl/plan.ts'
import { ActivityError } from '../errors.ts'
import type { ProcessIdentity } from '../../store/process-identity.ts'
import type { ChildProcess, LogLine } from './child-process.ts'
import { limitCall } from './call-limits.ts'
import { crashError, faultError } from './child-errors.ts'
import { checkpointIn, type Checkpoint } from './checkpoint.ts'
import { exchange } from './exchange.ts'
import type { ChildReport } from './protocol.ts'
import { schemaGate, type SchemaGate } from './schema-gate.ts'
import type { CodeUnit } from './unit.ts'

export interface Call {
  /** The step's name, for messages. */
  readonly step: string
  /** Of the result that it is for: an attempt that overtakes this one ends its child by it. */
  readonly key: Digest
  readonly input: Json
  /** Absolute; made if it is not there. The code's current folder, HOME and TMPDIR. Whoever calls removes it. */
  readonly workFolder: string
  /** Anonymous and shared memory of the child and its descendants, looked at every 50 ms, and for new descendants every 250 ms. */
  readonly memoryMib: number
  readonly timeoutMillis: number
  /** Integer from 0 to 2^32 - 1. */
  readonly seed: number
  /** Ends the child; `run` then rejects with its reason. Default: never. */
  readonly signal?: AbortSignal
  /** Gets each new height of the memory that the child holds, in MiB. Default: nobody. */
  readonly onPeak?: (mib: number) => void
  /** Gets what the code prints and logs, up to 10,000 lines a call of 16 KiB each. Default: nobody. */
  readonly onLog?: (line: LogLine) => void
  /** Gets fields, as JSON, that tell how far the code is. Default: nobody. */
  readonly onProgress?: (text: string) => void
  /** Gets what the code can go on from. The file is the call's own and stays as it is while the call runs. Default: nobody. */
  readonly onCheckpoint?: (checkpoint: Checkpoint) => void
}

/** A process that has loaded one unit. */
export interface Child {
  readonly identity: ProcessIdentity
  /**
   * Runs the unit once; one call at a time. Throws `ActivityError` with a code of `task-…`, or the signal's reason.
   * Where it ends the child to stop it, the child is gone once this rejects.
   */
  run(call: Call): Promise<Json>
  /** Gives the child back. It serves the unit's next call, unless its code threw or left timers, sockets or processes behind. */
  release(): void
  /** Ends the child and all that is in its process group. */
  kill(): void
}

/** Importing a large library from a cold disk takes this long; a module that never ends takes longer. */
const LONGEST_LOAD_MILLIS = 120_000
const MOST_LOG_LINES = 10_000
/** Lines that tell why a child crashed. */
const KEPT_LINES = 20

/** Has a child load its unit. `giveBack` gets it when it is released and can serve again. */
export async function loadChild(
  process: ChildProcess,
  unit: CodeUnit,
  giveBack: (child: Child) => void,
): Promise<Child> {
  const subject = 'loading its code'
  const printed: string[] = []
  const limit = setTimeout(() => process.kill(), LONGEST_LOAD_MILLIS)
  const outcome = await exchange(process, { type: 'load', unit }, { log: ({ text }) => printed.push(text) })
  clearTimeout(limit)
  if (outcome.type === 'exited') throw crashError(subject, outcome.exit, printed.slice(-KEPT_LINES))
  if (outcome.type === 'fault') {
    process.kill()
    throw faultError(subject, outcome.fault)
  }
  const gate = unit.language === 'python' ? schemaGate(unit) : undefined
  let reusable = true
  const child: Child = {
    identity: process.identity,
    run: async (call) => {
      reusable = false
      const done = await runCall(process, call, gate)
      reusable = done.reusable
      if ('error' in done) throw done.error
      return done.output
    },
    release: () => {
      if (reusable) giveBack(child)
      else process.kill()
    },
    kill: () => process.kill(),
  }
  return child
}

type Done =
  { readonly reusable: boolean; readonly output: Json } | { readonly reusable: boolean; readonly error: unknown }

async function runCall(process: ChildProcess, call: Call, gate: SchemaGate | undefined): Promise<Done> {
  if (call.signal?.aborted === true) return { reusable: true, error: call.signal.reason }
  const subject = `task "${call.step}"`
  const input = gate?.input(call.input, subject) ?? call.input
  const { key, workFolder, seed } = call
  const log = boundedLog(call.onLog)
  process.record({ key, workFolder })
  const limits = limitCall(process, call)
  const reports = receiveReports(call, () => process.kill())
  const hearing = { log: log.take, report: reports.take }
  const outcome = await exchange(process, { type: 'call', input, workFolder, seed }, hearing)
  const stopped = await limits.end()
  if (stopped !== undefined) return { reusable: false, error: stopped }
  const refused = reports.refused()
  if (refused !== undefined) return { reusable: false, error: refused }
  if (outcome.type === 'exited') return { reusable: false, error: crashError(subject, outcome.exit, log.latest()) }
  const { reusable } = outcome
  if (outcome.type === 'fault') return { reusable, error: faultError(subject, outcome.fault) }
  return { reusable, output: gate?.output(outcome.output, subject) ?? outcome.output }
}

interface Reports {
  readonly take: (report: ChildReport) => void
  /** Why a checkpoint was refused, which ended the child. */
  readonly refused: () => ActivityError | undefined
}

function receiveReports({ workFolder, onProgress, onCheckpoint }: Call, end: () => void): Reports {
  let refused: ActivityError | undefined
  return {
    take: (report) => {
      if (refused !== undefined) return
      if (report.type === 'progress') return onProgress?.(report.text)
      const checkpoint = checkpointIn(workFolder, report)
      if (!(checkpoint instanceof ActivityError)) return onCheckpoint?.(checkpoint)
      refused = checkpoint
      end()
    },
    refused: () => refused,
  }
}

interface BoundedLog {
  readonly take: (line: LogLine) => void
  readonly latest: () => readonly string[]
}

function boundedLog(onLog: Call['onLog']): BoundedLog {
  let lines = 0
  const latest: string[] = []
  return {
    take: (line) => {
      lines += 1
      if (lines <= MOST_LOG_LINES) onLog?.(line)
      latest.push(line.text)
      if (latest.length > KEPT_LINES) latest.shift()
    },
    latest: () => latest,
  }
}
