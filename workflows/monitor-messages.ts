import type { Policy } from '../activities/monitor/requests.ts'
import type { Ask } from './monitor-state.ts'

/** It becomes part of a workflow's id and of an audit entry's key. */
const ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,79}$/
const DIGEST = /^[0-9a-f]{64}$/
const MOST_REASON = 1000
const MOST_NAME = 200

/** Causes that somebody else may bring. */
const CAUSES = ['signal', 'person', 'schedule'] as const

/** What has the shape of a policy of this service; else nothing. */
export function policyOf(input: unknown, service: string): Policy | undefined {
  if (!isRecord(input, 3)) return undefined
  const { order, node } = input
  if (input['service'] !== service || !isText(order, MOST_NAME) || !DIGEST.test(order)) return undefined
  return isText(node, MOST_NAME) ? { service, order, node } : undefined
}

/** What has the shape of a wish for a retrain: `{ id, reason, by, cause }`; else nothing. */
export function askOf(input: unknown): Ask | undefined {
  if (!isRecord(input, 4)) return undefined
  const { id, reason, by } = input
  const cause = CAUSES.find((known) => known === input['cause'])
  if (cause === undefined || !isText(id, MOST_NAME) || !ID.test(id)) return undefined
  return isText(reason, MOST_REASON) && isText(by, MOST_NAME) ? { cause, id, reason, by, asOf: null } : undefined
}

function isRecord(value: unknown, fields: number): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === fields
}

function isText(value: unknown, most: number): value is string {
  return typeof value === 'string' && value !== '' && value.length <= most
}
