import { z } from 'zod'
import type { Signer } from './signing/dsse.ts'
import { sealStatement, STATEMENT_TYPE } from './signing/statement.ts'
import { hexDigest } from './signing/strict-json.ts'

const PREDICATE_TYPE = 'urn:anneal:service-generation:v1'

/** Shares of traffic are whole basis points: 10,000 is all of it. */
export const ALL_TRAFFIC = 10_000

/** One model's version as a service answers by it. All is named by digest: what does not verify is not loaded. */
const servedSchema = z.strictObject({
  model: z.string(),
  version: z.int().min(1),
  /** SHA-256 of its entry in the registry. */
  entry: hexDigest,
  rootDigest: hexDigest,
  /** The plan with the contracts that requests are checked by. */
  plan: hexDigest,
  /** The online features' artifact; null where no feature looks into the past. */
  features: hexDigest.nullable(),
})

export type Served = z.infer<typeof servedSchema>

/** Event time as a line over wall time: `event = eventOrigin + scale * (wall - wallOrigin)`. */
export const clockSchema = z.strictObject({
  /** ISO 8601, UTC. */
  eventOrigin: z.iso.datetime(),
  wallOrigin: z.iso.datetime(),
  /** Event seconds a wall second; 1 is live. */
  scale: z.number().positive(),
})

export type Clock = z.infer<typeof clockSchema>

const predicateSchema = z.strictObject({
  service: z.string(),
  /** From 1. */
  generation: z.int().min(1),
  /** SHA-256 of the generation before; null for the first one. */
  previous: hexDigest.nullable(),
  /** What is answered by where the candidate does not; null before the first model is in service. */
  stable: servedSchema.nullable(),
  /** Gets `share` of the traffic, in basis points, while its lease holds; with 0 it is loaded only. */
  candidate: servedSchema.extend({ share: z.int().min(0).max(ALL_TRAFFIC) }).nullable(),
  /** Until when the candidate's share holds without a renewal (`leases.ts`); wall time, ISO 8601. Null without candidate. */
  until: z.iso.datetime().nullable(),
  /** Decides with the request's sticky key who is answered by the candidate: one canary, one salt. */
  salt: z.string(),
  clock: clockSchema,
  /** What this generation is: `<run>/<step>` of a canary, or what else made it. The same is published once. */
  key: z.string(),
  /** `clock`: the same versions by another clock. */
  cause: z.enum(['direct', 'canary', 'promoted', 'rolled-back', 'clock']),
  /** Who or what made it: a run's id, or the person at a command. */
  by: z.string(),
  /** The artifact that the move rests on. */
  evidence: hexDigest.nullable(),
  at: z.iso.datetime(),
})

/** What a service answers by, all of it swapped as one. */
export type Generation = z.infer<typeof predicateSchema>

/** Entries are DSSE envelopes over this. */
export const generationSchema = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.tuple([z.strictObject({ name: z.string(), digest: z.strictObject({ sha256: hexDigest }) })]),
  predicateType: z.literal(PREDICATE_TYPE),
  predicate: predicateSchema.refine(
    ({ candidate, until }) => (candidate === null) === (until === null),
    'a lease where there is a candidate, and only there',
  ),
})

export function sealGeneration(state: Generation, signer: Signer): Uint8Array {
  const sha256 = state.candidate?.rootDigest ?? state.stable?.rootDigest ?? state.previous ?? '0'.repeat(64)
  return sealStatement(
    {
      _type: STATEMENT_TYPE,
      subject: [{ name: `${state.service}/${state.generation}`, digest: { sha256 } }],
      predicateType: PREDICATE_TYPE,
      predicate: state,
    },
    signer,
  )
}

/** The event time of a moment of wall time, both in milliseconds since 1970. */
export function eventMillis({ eventOrigin, wallOrigin, scale }: Clock, wallMillis: number): number {
  return Date.parse(eventOrigin) + scale * (wallMillis - Date.parse(wallOrigin))
}

/** The other way round: the moment of wall time at which it is so late. */
export function wallMillisAt({ eventOrigin, wallOrigin, scale }: Clock, event: number): number {
  return Date.parse(wallOrigin) + (event - Date.parse(eventOrigin)) / scale
}
