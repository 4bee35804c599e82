/**
 * The one place where a feature becomes a float32, the type of the model's input, in SQL and in the evaluator alike.
 * Training and serving are equal here, bit for bit; a double that no float32 holds is none. Adding zero leaves zero one
 * sign: a Parquet dictionary takes both for one value, and would keep the one that it met first.
 */
export function toFloat32(double: number): number | null {
  const single = Math.fround(double) + 0
  return Number.isFinite(single) ? single : null
}

/** The same over a DOUBLE: a FLOAT, or null. */
export function toFloat32Sql(double: string): string {
  const single = `TRY_CAST(${double} AS FLOAT)`
  return `CASE WHEN isfinite(${single}) THEN ${single} + CAST(0 AS FLOAT) END`
}
