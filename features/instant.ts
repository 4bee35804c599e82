/**
 * An instant is a bigint of microseconds since 1970, in SQL (BIGINT) and in the evaluator: text and dates become one
 * where they come in.
 */
export function microsOf(text: string): bigint {
  const [, seconds, fraction = ''] = /^(.{19})(?:\.(\d{1,6}))?Z$/.exec(text) ?? []
  if (seconds === undefined) throw new RangeError(`instant: expected ISO 8601 in UTC, got "${text.slice(0, 64)}"`)
  return BigInt(Date.parse(`${seconds}Z`)) * 1000n + BigInt(fraction.padEnd(6, '0'))
}

/** ISO 8601 with six decimals. */
export function isoOf(micros: bigint): string {
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n
  const whole = new Date(Number((micros - fraction) / 1000n)).toISOString().slice(0, 19)
  return `${whole}.${String(fraction).padStart(6, '0')}Z`
}

/** Its fields in UTC. */
export function utcDate(micros: bigint): Date {
  const millis = ((micros % 1000n) + 1000n) % 1000n
  return new Date(Number((micros - millis) / 1000n))
}
