import type { ChildProcess, Exit, LogLine } from './child-process.ts'
import type { ChildAnswer, ToChild } from './protocol.ts'

export type Outcome =
  | ChildAnswer
  /** It ended without an answer. */
  | { readonly type: 'exited'; readonly exit: Exit }

/** Says one thing to a child and waits for its answer or its end. `message` undefined: only waits. */
export function exchange(
  child: ChildProcess,
  message: ToChild | undefined,
  onLog: (line: LogLine) => void,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const finish = (outcome: Outcome): void => {
      child.listen(undefined)
      resolve(outcome)
    }
    child.listen({ answer: finish, log: onLog, exited: (exit) => finish({ type: 'exited', exit }) })
    if (message !== undefined) child.send(message)
  })
}
