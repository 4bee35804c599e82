/**
 * | code | meaning |
 * |---|---|
 * | `key-invalid` | an object's key, a digest or a packed path is not of the allowed form |
 * | `object-missing` | an object that something refers to is not in the store |
 * | `store-corrupt` | bytes are not those that were stored |
 * | `store-full` | no space or no quota left |
 * | `store-read-only` | the store may not be written |
 * | `store-io` | the disk, or whatever holds the store, answered with another error |
 * | `source-unreadable` | a file that was to be stored cannot be read |
 * | `source-changed` | a file changed while it was being stored |
 * | `superseded` | another attempt has claimed what this one was working on; stop |
 * | `signing-key-missing` | the keys folder has no key to sign with |
 * | `signing-key-exposed` | others can read the private key, or write the trusted ones |
 * | `signing-key-unusable` | a key is not a P-256 key as PEM |
 * | `registration-invalid` | a model that was to be registered cannot be: its record would not verify |
 * | `service-state-invalid` | a service's state that was to be published cannot be: it would not verify |
 * | `export-refused` | the folder to export to is not empty, or what would be exported does not verify |
 */
export type StoreErrorCode =
  | 'key-invalid'
  | 'object-missing'
  | 'store-corrupt'
  | 'store-full'
  | 'store-read-only'
  | 'store-io'
  | 'source-unreadable'
  | 'source-changed'
  | 'superseded'
  | 'signing-key-missing'
  | 'signing-key-exposed'
  | 'signing-key-unusable'
  | 'registration-invalid'
  | 'service-state-invalid'
  | 'export-refused'

/** The one error of this folder. Messages and causes name keys and relative paths, never absolute ones. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options)
    this.code = code
  }
}

/** The `code` of a Node system error (`ENOENT`, …), or `undefined` for anything else. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/**
 * A system error as one of ours. `subject` says what was being done to what, with a relative path.
 * The cause is left out: Node's own message holds the absolute path.
 */
export function fromSystemError(error: unknown, subject: string): StoreError {
  if (error instanceof StoreError) return error
  const errno = errnoOf(error) ?? (error instanceof Error ? error.name : 'an unknown error')
  switch (errno) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new StoreError(
        'store-full',
        `${subject}: expected room for it, got ${errno}; free space or raise the quota`,
      )
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return new StoreError('store-read-only', `${subject}: expected write access, got ${errno}; check owner and mount`)
    default:
      return new StoreError('store-io', `${subject}: expected it to succeed, got ${errno}; check the disk`)
  }
}
