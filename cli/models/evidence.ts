import { z } from 'zod'
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
