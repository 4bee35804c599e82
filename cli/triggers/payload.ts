import type { Trigger } from '../../activities/launch/requests.ts'
import { CliError } from '../errors.ts'

/** Throws `usage`. */
export function payloadIn(text: string): Trigger['payload'] {
  const value = parsed(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Trigger['payload']
  throw new CliError('usage', {
    message: '--payload is no JSON object',
    expected: 'a JSON object',
    got: `"${text.slice(0, 64)}"`,
    remedy: `write it as --payload '{"asOf":"2001-04-01T00:00:00Z"}'`,
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
