/** Why a declaration is refused. */
export type DslErrorCode =
  /** A value that JSON does not have: NaN, undefined, bigint, a date, a class instance. */
  | 'not-json'
  /** A reference read while the pipeline is declared, when it has no value yet. */
  | 'reference-read'
  /** A schema that JSON Schema cannot say. */
  | 'schema'
  /** A step put where it cannot run. */
  | 'step'
  /** A unit or file that was not packed before compiling. */
  | 'not-packed'
  /** A contract's name, columns or times that cannot be. */
  | 'contract'
  /** A column's type or metadata that no table and no check can carry. */
  | 'column'
  /** A constant or a window that no expression can have. */
  | 'expression'
  /** A feature whose name or type no tensor can have. */
  | 'feature'
  /** A parameter that the model's trainer does not take. */
  | 'model'
  /** A declaration that `check` has something to say about. */
  | 'check'

export class DslError extends Error {
  override readonly name = 'DslError'
  readonly code: DslErrorCode

  constructor(code: DslErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}
