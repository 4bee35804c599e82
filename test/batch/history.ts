import type { RunHandle } from '../../cli/run/start-run.ts'

export interface History {
  readonly events: number
  /** Of the largest payload. */
  readonly payloadBytes: number
  /** Every text in it, those in payloads decoded. */
  readonly texts: readonly string[]
}

/** All that the server keeps of a run. */
export async function historyOf(handle: RunHandle): Promise<History> {
  const { events } = await handle.fetchHistory()
  const found = { bytes: [0], texts: [] as string[] }
  collect(events, found)
  return { events: events?.length ?? 0, payloadBytes: Math.max(...found.bytes), texts: found.texts }
}

function collect(value: unknown, found: { readonly bytes: number[]; readonly texts: string[] }): void {
  if (typeof value === 'string') found.texts.push(value)
  else if (value instanceof Uint8Array) {
    found.bytes.push(value.length)
    found.texts.push(Buffer.from(value).toString('utf8'))
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, part] of Object.entries(value)) {
      found.texts.push(name)
      collect(part, found)
    }
  }
}
