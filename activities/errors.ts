/** Why an activity ends without a result. Temporal shows the code as the failure's type. */
export type ActivityErrorCode =
  /** A run that names a node, or an engine version, that the plan or this worker does not have. */
  | 'node-unknown'
  | 'plan-version'
  /** What a node refers to is not there or not of the kind it needs. */
  | 'input-missing'
  | 'input-not-a-list'
  | 'result-missing'
  | 'candidates-missing'
  /** A source's files: none there, one that changed while it was read, a place outside of the project. */
  | 'source-empty'
  | 'source-changed'
  | 'source-outside'
  /** A run's event time that is no instant. */
  | 'as-of-invalid'
  /** A scaled clock by which holds are too short to judge anything. */
  | 'clock-too-fast'
  /** A regulated run whose order no enrolled person has rightly signed. */
  | 'order-unsigned'
  /** No key to sign with, or one that cannot be read. */
  | 'signing-key-missing'
  | 'metric-not-finite'
  /** A unit that cannot be loaded, or has no `run`. */
  | 'task-not-loadable'
  /** User code threw or rejected. */
  | 'task-threw'
  | 'task-input-invalid'
  | 'task-output-invalid'
  | 'task-output-not-json'
  | 'task-output-too-large'
  /** A file that an output names and that is not a regular file of the step's own folder. */
  | 'task-file-invalid'
  | 'task-timed-out'
  | 'task-out-of-memory'
  /** The child process ended before it answered. */
  | 'task-crashed'
  /** No Python that can run the unit. */
  | 'python-missing'
  /** A Python environment that cannot be made from its lock file. */
  | 'environment-failed'

export interface ActivityFault {
  /** One line or few; cut at 4 KiB. */
  readonly message: string
  /** Whether another attempt may end otherwise. */
  readonly retry: boolean
  /** The frames of the user's own code, one a line, innermost first; paths as in his project. Default: none. */
  readonly userStack?: string
  readonly cause?: unknown
}

const LONGEST_MESSAGE = 4096

export class ActivityError extends Error {
  override readonly name = 'ActivityError'
  readonly code: ActivityErrorCode
  readonly retry: boolean
  readonly userStack: string | undefined

  constructor(code: ActivityErrorCode, { message, retry, userStack, cause }: ActivityFault) {
    super(cut(message), cause === undefined ? {} : { cause })
    this.code = code
    this.retry = retry
    this.userStack = userStack === undefined ? undefined : cut(userStack)
  }
}

function cut(text: string): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= LONGEST_MESSAGE) return text
  // A character cut in two at the end becomes U+FFFD, of three bytes.
  return `${bytes.subarray(0, LONGEST_MESSAGE - 6).toString('utf8')}…`
}
