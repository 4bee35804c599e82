import { z } from 'zod'
import type { AuditEntry } from '../store/audit-entry.ts'
import { openDecision, type Decision } from '../store/decisions.ts'

/** What entries of a service's audit chain hold, as far as people are told of it. */
export interface EntryBodies {
  readonly alert: z.infer<typeof alert>
  readonly retrain: z.infer<typeof retrain>
  readonly traffic: z.infer<typeof traffic>
  readonly 'canary-ended': z.infer<typeof canaryEnded>
  readonly requested: z.infer<typeof version>
  readonly withdrawn: z.infer<typeof withdrawn>
}

const alert = z.object({
  kind: z.enum(['drift', 'missing', 'quality', 'latency', 'availability']),
  of: z.string(),
  measure: z.enum(['psi', 'ks', 'js']).nullable(),
  value: z.number().nullable(),
  bound: z.number(),
  /** Of the window, event time. */
  end: z.iso.datetime(),
})

const retrain = z.object({
  cause: z.string(),
  /** Why it was asked for. */
  reason: z.string(),
  /** Event time of the decision; null: the service had none. */
  eventAt: z.iso.datetime().nullable(),
  state: z.enum(['ordered', 'declined']),
  /** Of an ordered one, the run's id. */
  run: z.string().optional(),
  /** Of a declined one, why not. */
  because: z.string().optional(),
})

const version = z.object({ model: z.string(), version: z.int() })

const traffic = z.object({
  generation: z.int(),
  cause: z.string(),
  stable: version.nullable(),
  /** Of 10,000. */
  candidate: version.extend({ share: z.number() }).nullable(),
  reason: z.string().nullish(),
})

const canaryEnded = z.object({ state: z.string(), candidate: z.string(), reason: z.string().nullish() })

const withdrawn = z.object({ reason: z.string() })

const schemas: { readonly [K in keyof EntryBodies]: z.ZodType<EntryBodies[K]> } = {
  alert,
  retrain,
  traffic,
  'canary-ended': canaryEnded,
  requested: version,
  withdrawn,
}

/** `undefined` where the entry is of another kind, or its body is not what its kind says. */
export function bodyOf<K extends keyof EntryBodies>(entry: Entry | undefined, kind: K): EntryBodies[K] | undefined {
  if (entry?.kind !== kind) return undefined
  return schemas[kind].safeParse(entry.body).data
}

/** What a person signed: an approval, a rejection, an end to a canary. */
export function decisionOf({ body }: Entry): Decision | undefined {
  const envelope = z.object({ envelope: z.string() }).safeParse(body).data?.envelope
  const opened = envelope === undefined ? undefined : openDecision(envelope)
  return opened !== undefined && 'value' in opened ? opened.value.decision : undefined
}

export type Entry = Pick<AuditEntry, 'kind' | 'body'>
