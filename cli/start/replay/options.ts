import { parseArgs } from 'node:util'
import { z } from 'zod'
import { clockSchema, type Clock } from '../../../store/generation.ts'

/** What a replay is told by whoever starts it. */
export interface ReplayOptions {
  /** `http://127.0.0.1:8080` */
  readonly gateway: string
  readonly service: string
  readonly clock: Clock
  /** Event time, milliseconds since 1970: [from, to). */
  readonly from: number
  readonly to: number
  /** Of the flights that become requests, 0 to 1. */
  readonly share: number
  /** Folder of daily files that have not arrived yet. */
  readonly days: string
  /** Folder that they arrive in. */
  readonly out: string
  /** File that says how far event time has come. */
  readonly position: string
}

const schema = z.strictObject({
  gateway: z.url(),
  service: z.string(),
  clock: z.string().transform((text) => clockSchema.parse(JSON.parse(text))),
  from: z.iso.datetime().transform(Date.parse),
  to: z.iso.datetime().transform(Date.parse),
  share: z.coerce.number().gt(0).max(1),
  days: z.string(),
  out: z.string(),
  position: z.string(),
})

/** Throws where an option is missing or means nothing. */
export function replayOptions(args: readonly string[]): ReplayOptions {
  const names = Object.keys(schema.shape)
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' } as const]))
  return schema.parse({ ...parseArgs({ args: [...args], options }).values })
}
