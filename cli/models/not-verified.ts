import { nameOf, type ModelVersion } from '../../store/model-version.ts'
import type { Fault } from '../../store/signing/fault.ts'
import { CliError } from '../errors.ts'

export function notVerified(version: ModelVersion, { file, ...fault }: Fault): CliError {
  return new CliError('not-verified', { message: `${nameOf(version)} does not verify`, where: file, ...fault })
}
