/**
 * | code | status | meaning |
 * |---|---|---|
 * | `request-invalid` | 400 | a request that is not of the protocol, or whose rows break the contract |
 * | `not-found` | 404 | a service, version or route that is not there |
 * | `too-large` | 413 | a body or a number of rows beyond the limit |
 * | `encoding` | 415 | a body in a content encoding that is not read |
 * | `no-value` | 422 | a feature that has no value for a row |
 * | `model-failed` | 500 | the model gave no finite prediction |
 * | `not-ready` | 503 | nothing is loaded that could answer |
 * | `overloaded` | 503 | more waits than is worth waiting for |
 * | `not-loadable` | | a generation that is not as it was signed, or that cannot be answered by |
 * | `address` | | an address that may not be listened on |
 */
export type ServingErrorCode = keyof typeof STATUS

const STATUS = {
  'request-invalid': 400,
  'not-found': 404,
  'too-large': 413,
  encoding: 415,
  'no-value': 422,
  'model-failed': 500,
  'not-ready': 503,
  overloaded: 503,
  'not-loadable': 500,
  address: 500,
} as const

/** The one error of this folder. Its message is for clients: no path, no value of a person. */
export class ServingError extends Error {
  override readonly name = 'ServingError'
  readonly code: ServingErrorCode
  readonly status: number

  constructor(code: ServingErrorCode, message: string) {
    super(message)
    this.code = code
    this.status = STATUS[code]
  }
}

export function invalid(message: string): ServingError {
  return new ServingError('request-invalid', message)
}
