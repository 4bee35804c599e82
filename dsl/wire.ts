/** What can travel between steps as JSON. */
export type Wire = null | boolean | number | string | readonly Wire[] | { readonly [key: string]: Wire | undefined }

/**
 * A zod schema, seen as what it makes of what. Inferring from these two fields costs the compiler a tenth of what
 * inferring from the whole of `z.ZodType` does.
 */
export interface Schema<out Out, out In> {
  readonly _zod: { readonly output: Out; readonly input: In }
}

/** The schema where its values of type `T` can travel, else a sentence for the compiler to say. */
export type Carrier<T, S> = [T] extends [Wire | undefined] ? S : NotJson

type NotJson =
  'between steps values are JSON: not Date, bigint, Map or unknown, but z.iso.datetime(), z.int(), z.array() or z.json()'
