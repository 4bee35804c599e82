/**
 * | code | meaning |
 * |---|---|
 * | `config-invalid` | `anneal.config.json` or an environment variable does not say what it should |
 */
export type ConfigErrorCode = 'config-invalid'

export interface ConfigFault {
  /** `anneal.config.json: temporal.address`, or the variable's name. */
  readonly where: string
  readonly expected: string
  readonly got: string
  readonly remedy: string
}

/** The one error of this folder; `faults` has every fault found, not only the first one. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code: ConfigErrorCode = 'config-invalid'
  readonly faults: readonly ConfigFault[]

  constructor(faults: readonly ConfigFault[], options: { readonly cause?: unknown } = {}) {
    super(faults.map(lineOf).join('\n'), options)
    this.faults = faults
  }
}

function lineOf({ where, expected, got, remedy }: ConfigFault): string {
  return `${where}: expected ${expected}, got ${got}; ${remedy}`
}
