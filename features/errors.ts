/**
 * | code | meaning |
 * |---|---|
 * | `unknown-column` | an expression reads a column or a contract that the plan does not describe |
 * | `expression` | an expression that no row can be given a value of |
 * | `no-exact-scale` | a sum, mean or deviation over numbers that have no declared decimals |
 * | `inexact` | a row of the past whose number does not have the decimals that its column declares |
 * | `online-file` | a file of online features that is damaged, of another format, or made for other features |
 */
export type FeaturesErrorCode = 'unknown-column' | 'expression' | 'no-exact-scale' | 'inexact' | 'online-file'

/** The one error of this folder. */
export class FeaturesError extends Error {
  override readonly name = 'FeaturesError'
  readonly code: FeaturesErrorCode

  constructor(code: FeaturesErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
