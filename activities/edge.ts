import { join } from 'node:path'
import { ApplicationFailure } from '@temporalio/common'
import { StoreError, type StoreErrorCode } from '../store/errors.ts'
import { ActivityError } from './errors.ts'

/** Another attempt meets the same bytes, or the same key. */
const FINAL: ReadonlySet<StoreErrorCode> = new Set(['key-invalid', 'object-missing', 'store-corrupt'])

const ENGINE = join(import.meta.dirname, '..', '/')

/** Our errors as Temporal's, at the one place where they leave an activity: the code becomes the failure's type. */
export function failureOf(error: unknown): unknown {
  if (error instanceof ActivityError) return activityFailure(error)
  if (error instanceof StoreError) {
    const { code, message } = error
    return withoutStack(ApplicationFailure.create({ type: code, message, nonRetryable: FINAL.has(code) }))
  }
  // A defect of the engine: its stack is what mends it, but folders of this machine do not belong in a history.
  if (error instanceof Error && error.stack !== undefined) error.stack = error.stack.replaceAll(ENGINE, '')
  return error
}

function activityFailure({ code, message, retry, userStack }: ActivityError): ApplicationFailure {
  const options = { type: code, nonRetryable: !retry }
  if (userStack === undefined) return withoutStack(ApplicationFailure.create({ ...options, message }))
  // The place where it happened is what whoever reads the message looks for; the others are in the details.
  const [innermost = ''] = userStack.split('\n')
  const details = [{ stack: userStack }]
  return withoutStack(ApplicationFailure.create({ ...options, message: `${message}\n  ${innermost}`, details }))
}

function withoutStack(failure: ApplicationFailure): ApplicationFailure {
  failure.stack = ''
  return failure
}
