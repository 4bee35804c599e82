import { z } from 'zod'
import type { AtMost } from './limits.ts'
import { DslError } from './errors.ts'

/** What the columns' `.meta({ … })` may say besides a `description`. Everything has a default; an unknown field is an error. */
interface ColumnMetaInput {
  /** Such as `'km'`. Default: none. */
  readonly unit?: string | undefined
  /** Personal data: what takes the value's place wherever it would leave the dataset. Default: not personal. */
  readonly pii?: 'mask' | 'hash' | 'drop' | undefined
  /** A protected attribute: reports always slice by it. Default: false. */
  readonly protected?: boolean | undefined
  /** How many decimals the numbers have: makes their sums exact. Default: not declared. */
  readonly decimals?: number | undefined
  /** Bounds on the whole column. Default: none. */
  readonly expect?: ExpectationsInput | undefined
}

/** What a column has to be like as a whole. A dataset that is not so ends the run as `data-rejected`. */
interface ExpectationsInput {
  /** Share of nulls, 0 to 1. */
  readonly missing?: AtMost | undefined
  /** Number of different values. */
  readonly distinct?: AtMost | undefined
  /** Range of the mean, of a number column. */
  readonly mean?: { readonly atLeast?: number | undefined; readonly atMost?: number | undefined } | undefined
}

declare module 'zod' {
  interface GlobalMeta extends ColumnMetaInput {}
}

export type Pii = NonNullable<ColumnMetaInput['pii']>

/** The same with every default written out; `null` where nothing was said. */
export interface ColumnMeta {
  readonly unit: string | null
  readonly description: string | null
  readonly pii: Pii | null
  readonly protected: boolean
  readonly decimals: number | null
  readonly expect: ColumnExpectations
}

export interface ColumnExpectations {
  readonly missing: AtMost | null
  readonly distinct: AtMost | null
  readonly mean: { readonly atLeast: number | null; readonly atMost: number | null } | null
}

const atMostSchema = z.strictObject({ atMost: z.number().nonnegative() }).nullable().default(null)
const end = z.number().nullable().default(null)

const metaSchema: z.ZodType<ColumnMeta> = z.strictObject({
  unit: z.string().min(1).nullable().default(null),
  description: z.string().nullable().default(null),
  pii: z.enum(['mask', 'hash', 'drop']).nullable().default(null),
  protected: z.boolean().default(false),
  decimals: z.int().min(0).max(15).nullable().default(null),
  expect: z
    .strictObject({
      missing: atMostSchema,
      distinct: atMostSchema,
      mean: z.strictObject({ atLeast: end, atMost: end }).nullable().default(null),
    })
    .prefault({}),
})

/** @internal Throws `column` where the metadata has unknown or ill-typed fields. */
export function columnMeta(place: string, meta: object): ColumnMeta {
  const parsed = metaSchema.safeParse(meta)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const field = ['meta', ...(issue?.path ?? [])].join('.')
  throw new DslError('column', `${place}: expected sane metadata, got "${field}": ${issue?.message}`)
}
