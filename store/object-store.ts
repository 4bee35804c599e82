/**
 * The one primitive on which all state rests: an object is put once, whole or not at all, and never changes.
 * Keys are relative paths of `[A-Za-z0-9._:@=-]` segments joined by `/` (see `object-key.ts`).
 * Every method throws `StoreError` (`store/errors.ts`). After a thrown put the object is there whole or not at all.
 */
export interface ObjectStore {
  /**
   * Of any number of racing calls for one key exactly one answers `created`.
   * Once it answers, the object survives a power cut, unless `durable: false` says that losing it is harmless.
   */
  putIfAbsent(key: string, bytes: Uint8Array, options?: PutOptions): Promise<'created' | 'exists'>
  /** The same for a file's content, streamed. The file stays. */
  putFileIfAbsent(key: string, path: string, options?: PutFileOptions): Promise<'created' | 'exists'>
  /** The whole object, or `undefined` where there is none. */
  get(key: string): Promise<Uint8Array | undefined>
  /** The object in pieces, for what may be too large for memory; `undefined` where there is none. */
  stream(key: string): Promise<AsyncIterable<Uint8Array> | undefined>
  has(key: string): Promise<boolean>
  /** The file of this machine that the object is, where it is one: to be read, never written. Default: none is. */
  fileOf?(key: string): string
  /** Keys that start with `prefix`, in code point order. `prefix` is cut at a segment or within the last one; objects deeper than one further segment are left out. */
  list(prefix: string): Promise<readonly string[]>
  /** Answers alike whether there was an object or not. Not durable: a power cut may bring the object back. */
  delete(key: string): Promise<void>
  /** Gives back what the store itself holds (temporary files, connections). Never throws. */
  close(): Promise<void>
}

export interface PutOptions {
  /** Default: true. Else the object may be gone after a crash, or cut short, and for a moment others may see it so. */
  readonly durable?: boolean
}

export interface PutFileOptions extends PutOptions {
  /** SHA-256 that the content must have, or nothing is stored (`source-changed`). Default: any content. */
  readonly digest?: string
}
