import type { Interval } from '../stats/bootstrap.ts'

/** Four decimals, or as many digits where the number is large. */
export function number(value: number | null): string {
  if (value === null) return 'no value'
  return Math.abs(value) < 100 ? value.toFixed(4).replace('-', '−') : value.toPrecision(6).replace('-', '−')
}

export function range(interval: Interval | undefined): string {
  return interval === undefined ? '' : `${number(interval.low)} to ${number(interval.high)}`
}
