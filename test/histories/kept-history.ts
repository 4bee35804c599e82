import proto from '@temporalio/proto'

const { History } = proto.temporal.api.history.v1
type IHistory = proto.temporal.api.history.v1.IHistory
type Json = null | boolean | number | string | readonly Json[] | Fields
interface Fields {
  readonly [name: string]: Json
}

/** A history as it lies in the corpus: JSON, an event a line, with payloads that can be read. */
export interface KeptHistory {
  readonly workflowId: string
  readonly events: readonly Json[]
}

/** Who worked, on which machine and where its code lay: no replay asks for it, and it is nobody's business. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'identity',
  'binaryChecksum',
  'workerVersion',
  'stackTrace',
  'requestId',
  'links',
  'taskId',
  'meteringMetadata',
])

export function keptOf(workflowId: string, history: IHistory): KeptHistory {
  const plain = History.toObject(History.fromObject(history), { longs: String, enums: String, bytes: String })
  const { events } = plain as { readonly events: readonly Json[] }
  const { taskQueue } = history.events?.[0]?.workflowExecutionStartedEventAttributes ?? {}
  const text = JSON.stringify({ workflowId, events: events.map(scrubbed) })
  // A rig's queue is a random name, which stands everywhere.
  return JSON.parse(text.replaceAll(taskQueue?.name ?? '', 'anneal')) as KeptHistory
}

export function textOf({ workflowId, events }: KeptHistory): string {
  const lines = events.map((event) => JSON.stringify(event)).join(',\n')
  return `{"workflowId":${JSON.stringify(workflowId)},"events":[\n${lines}\n]}\n`
}

export function historyOf({ events }: KeptHistory): IHistory {
  return History.fromObject({ events: events.map(withPayloads) })
}

function scrubbed(value: Json): Json {
  if (isList(value)) return value.map(scrubbed)
  if (typeof value !== 'object' || value === null) return value
  // A worker's own queue is named by its process and machine.
  if (value['kind'] === 'TASK_QUEUE_KIND_STICKY') return { name: value['normalName'] ?? '' }
  const json = jsonIn(value)
  if (json !== undefined) return json
  const kept = Object.entries(value).filter(([name, field]) => !LEFT_OUT.has(name) && !isNothing(name, field))
  return Object.fromEntries(kept.map(([name, field]) => [name, scrubbed(field)]))
}

/** What kind an event is, is told by which attributes it has, and be there nothing in them. */
function isNothing(name: string, field: Json): boolean {
  if (field === null || typeof field !== 'object' || name.endsWith('EventAttributes')) return field === null
  return !isList(field) && Object.keys(field).length === 0
}

const JSON_PLAIN = base64('json/plain')

/** A payload that is JSON, as `{ $json }`, with the type that a search attribute has. */
function jsonIn({ metadata, data }: Fields): Fields | undefined {
  if (typeof metadata !== 'object' || typeof data !== 'string') return undefined
  const { encoding, type } = metadata as Readonly<Record<string, string>>
  if (encoding !== JSON_PLAIN) return undefined
  const $json = JSON.parse(decoded(data)) as Json
  return type === undefined ? { $json } : { $json, type: decoded(type) }
}

function withPayloads(value: Json): Json {
  if (isList(value)) return value.map(withPayloads)
  if (typeof value !== 'object' || value === null) return value
  const { $json, type } = value
  if ($json === undefined) {
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, withPayloads(field)]))
  }
  const metadata = { encoding: JSON_PLAIN, ...(typeof type === 'string' && { type: base64(type) }) }
  return { metadata, data: base64(JSON.stringify($json)) }
}

function base64(value: string): string {
  return Buffer.from(value).toString('base64')
}

function decoded(value: string): string {
  return Buffer.from(value, 'base64').toString('utf8')
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
