import { z } from 'zod'
import type { Fairness } from '../../data/fairness.ts'
import type { Digest } from '../../dsl/plan.ts'
import type { Artifacts } from '../../store/artifacts.ts'

/** What is shown of an evaluation report; it has more. */
const evidenceSchema = z.object({
  rows: z.number().optional(),
  metrics: z.record(z.string(), z.number().nullable()),
  intervals: z.record(z.string(), interval()).optional(),
  gates: z
    .array(
      z.object({
        name: z.string(),
        metric: z.string(),
        bound: z.union([
          z.object({ atLeast: z.number() }),
          z.object({ atMost: z.number() }),
          z.object({ notWorseBy: z.number() }),
        ]),
        value: z.number().nullable(),
        passed: z.boolean(),
      }),
    )
    .optional(),
  fairness: z.array(fairness()).optional(),
  importance: z
    .object({
      metric: z.string(),
      rows: z.number(),
      features: z.array(z.object({ name: z.string(), loss: z.number(), spread: z.number() })),
    })
    .nullable()
    .optional(),
})

export type Evidence = z.infer<typeof evidenceSchema>

/** `undefined` where the report is of another shape. Throws `StoreError` where it is missing or altered. */
export async function readEvidence(artifacts: Artifacts, digest: Digest): Promise<Evidence | undefined> {
  const text = Buffer.from(await artifacts.get(digest)).toString('utf8')
  try {
    return evidenceSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

function interval(): z.ZodType<{ readonly low: number; readonly high: number } | null> {
  return z.union([
    z.null(),
    z.object({ low: z.number(), high: z.number() }),
    z.tuple([z.number(), z.number()]).transform(([low, high]) => ({ low, high })),
  ])
}

/** By protected column. */
function fairness(): z.ZodType<Fairness> {
  const rate = z.number().nullable()
  const rates = { base_rate: rate, selection_rate: rate, true_positive_rate: rate, false_positive_rate: rate }
  return z.object({
    column: z.string(),
    threshold: z.number(),
    groups: z.array(z.object({ value: z.string().nullable(), rows: z.number(), compared: z.boolean(), ...rates })),
    metrics: z.record(z.string(), rate),
    intervals: z.record(z.string(), z.object({ low: z.number(), high: z.number() })),
  })
}
