/** What a shell sees: 0 ok, 1 the run ended badly, 2 bad input, 3 the environment, 4 the store, or a model in it. */
const EXIT_CODES = {
  internal: 1,
  'run-failed': 1,
  'chaos-failed': 1,
  'run-unknown': 2,
  'run-over': 2,
  usage: 2,
  'config-invalid': 2,
  'file-missing': 2,
  'load-failed': 2,
  'no-pipeline': 2,
  'type-error': 2,
  'check-failed': 2,
  'task-not-exported': 2,
  'task-not-bundlable': 2,
  'script-missing': 2,
  'packed-file-missing': 2,
  'trainer-missing': 2,
  'no-schedule': 2,
  'not-schedulable': 2,
  'schedule-unknown': 2,
  'nothing-to-backfill': 2,
  'no-triggers': 2,
  'not-applied': 2,
  'trigger-refused': 2,
  'model-unknown': 2,
  'service-unknown': 2,
  'nothing-to-roll-back': 2,
  'no-canary': 2,
  'no-monitor': 2,
  'not-comparable': 2,
  'export-refused': 2,
  'init-refused': 2,
  'order-unsigned': 2,
  'not-enrolled': 2,
  'enrolment-refused': 2,
  'not-awaiting': 2,
  'decision-refused': 1,
  'move-refused': 2,
  'no-deployment': 2,
  'older-build': 2,
  'temporal-unreachable': 3,
  'temporal-failed': 3,
  'no-worker': 3,
  'port-in-use': 3,
  'tool-missing': 3,
  'already-running': 3,
  'worker-failed': 3,
  'gateway-failed': 3,
  store: 4,
  'not-verified': 4,
} as const

export type CliErrorCode = keyof typeof EXIT_CODES

export function isCliErrorCode(code: string): code is CliErrorCode {
  return Object.hasOwn(EXIT_CODES, code)
}

export function exitCodeOf(code: CliErrorCode): number {
  return EXIT_CODES[code]
}

export interface CliFault {
  /** What is wrong, as one line that can stand alone. */
  readonly message: string
  /** `file:line:column`, relative to the project's folder. */
  readonly where?: string
  readonly expected?: string
  readonly got?: string
  /** Codes of what lies underneath, of the store or of a run's nodes: `anneal explain` knows each of them. */
  readonly codes?: readonly string[]
  /** What to do next, as an imperative. */
  readonly remedy: string
  /** Lines that belong under the message: a list of faults, an excerpt of source. Printed as they are. */
  readonly details?: readonly string[]
  readonly cause?: unknown
}

/** A fault that a person can act on. `exitCode` follows from the code. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly code: CliErrorCode
  readonly exitCode: number
  readonly fault: CliFault

  constructor(code: CliErrorCode, fault: CliFault) {
    super(fault.message, { cause: fault.cause })
    this.code = code
    this.exitCode = EXIT_CODES[code]
    this.fault = fault
  }
}
