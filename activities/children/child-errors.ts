import { ActivityError } from '../errors.ts'
import type { Exit } from './child-process.ts'
import type { ChildFault } from './protocol.ts'

/** Faults that the same input and code may not have again. */
const RETRIED = new Set<ChildFault['code']>(['task-threw', 'task-crashed'])

/** A fault that the child told of. `subject` begins the message: `task "split"`. */
export function faultError(subject: string, { code, text, stack }: ChildFault): ActivityError {
  const fault = { message: `${subject}${text}`, retry: RETRIED.has(code) }
  return new ActivityError(code, stack === undefined ? fault : { ...fault, userStack: stack })
}

/** A child that ended without a word. `printed`: the last it wrote. */
export function crashError(subject: string, { code, signal }: Exit, printed: readonly string[]): ActivityError {
  if (printed.some((line) => HEAP_SPENT.test(line))) {
    const message = `${subject}: expected to fit into the heap of its child process, got no memory left; hold less at once`
    return new ActivityError('task-out-of-memory', { message, retry: false })
  }
  const got = signal === null ? `exit code ${code}` : `${signal} from outside`
  const message = `${subject}: expected an answer from its child process, got its end with ${got}`
  return new ActivityError('task-crashed', { message, retry: true })
}

/** V8's last words. */
const HEAP_SPENT = /JavaScript heap out of memory/
