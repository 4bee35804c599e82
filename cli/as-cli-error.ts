import { ConfigError } from '../config/errors.ts'
import { StoreError } from '../store/errors.ts'
import { CliError } from './errors.ts'
import { COMMAND_LINE_CODES } from './explain/command-line-codes.ts'
import { STORE_CODES } from './explain/store-codes.ts'
import { temporalFault } from './temporal-fault.ts'

/** Any thrown value as a fault with an exit code; one that is not ours counts as a defect of the engine. */
export function asCliError(thrown: unknown): CliError {
  if (thrown instanceof CliError) return thrown
  if (thrown instanceof StoreError) return storeFault(thrown)
  if (thrown instanceof ConfigError) return settingsFault(thrown)
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  const remedy = 'run it again with --stack and report what it prints'
  return temporalFault(thrown) ?? new CliError('internal', { message, remedy, cause: thrown })
}

const EXPLAINED = { ...COMMAND_LINE_CODES, ...STORE_CODES }

/** A store's message may end in what to do: `…; free space or raise the quota`. Where it does not, its code says. */
function storeFault(error: StoreError): CliError {
  const [message = '', remedy = EXPLAINED[error.code].remedy] = error.message.split('; ')
  return new CliError('store', { message, codes: [error.code], remedy, cause: error })
}

function settingsFault({ faults, cause }: ConfigError): CliError {
  const [first, ...others] = faults
  if (first === undefined || others.length > 0) {
    return new CliError('config-invalid', {
      message: `settings: expected all to be right, got ${faults.length} faults`,
      details: faults.flatMap(({ where, expected, got, remedy }) => [
        `${where}: expected ${expected}, got ${got}`,
        `  ${remedy}`,
      ]),
      remedy: 'correct what is listed',
      cause,
    })
  }
  const { where, expected, got, remedy } = first
  return new CliError('config-invalid', { message: `settings: ${where} is wrong`, where, expected, got, remedy, cause })
}
