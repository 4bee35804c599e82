import type { ChildProcess, Exit, LogLine } from './child-process.ts'
import type { ChildAnswer, ChildReport, ToChild } from './protocol.ts'

export type Outcome =
  | ChildAnswer
  /** It ended without an answer. */
  | { readonly type: 'exited'; readonly exit: Exit }

/** What a child says before its answer. */
export interface Hearing {
  readonly log: (line: LogLine) => void
  /** Default: nobody. */
  readonly report?: (report: ChildReport) => void
}

/** Says one thing to a child and waits for its answer or its end. `message` undefined: only waits. */
export function exchange(
  child: ChildProcess,
  message: ToChild | undefined,
  { log, report = () => undefined }: Hearing,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const finish = (outcome: Outcome): void => {
      child.listen(undefined)
      resolve(outcome)
    }
    child.listen({ answer: finish, log, report, exited: (exit) => finish({ type: 'exited', exit }) })
    if (message !== undefined) child.send(message)
  })
}
