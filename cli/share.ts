import { InvalidArgumentError } from 'commander'

/** `25%` as 0.25, for an option. */
export function share(text: string): number {
  const value = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number.NaN
  if (value > 0 && value <= 1) return value
  throw new InvalidArgumentError('expected a share above 0%, at most 100%, as 1%')
}
