/** Such as `'30 seconds'`, `'6 hours'` or `'1.5 days'`; a day is 24 hours. */
export type Duration = `${number} ${'second' | 'minute' | 'hour' | 'day'}${'' | 's'}`
/** Such as `'5%'`. */
export type Percent = `${number}%`

const MILLIS = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const

/** Milliseconds of a duration, or `undefined` where the amount is not a number or the unit not one of ours. */
export function millisOf(duration: Duration): number | undefined {
  const [, amount, unit] = /^(-?\d+(?:\.\d+)?) (second|minute|hour|day)s?$/.exec(duration) ?? []
  return amount === undefined || !isUnit(unit) ? undefined : Number(amount) * MILLIS[unit]
}

/** The share that a percentage stands for, 0 to 1 where it is sane, or `undefined` where it is not a plain number. */
export function shareOf(percent: Percent): number | undefined {
  const [, amount] = /^(-?\d+(?:\.\d+)?)%$/.exec(percent) ?? []
  return amount === undefined ? undefined : Number(amount) / 100
}

function isUnit(unit: string | undefined): unit is keyof typeof MILLIS {
  return unit !== undefined && Object.hasOwn(MILLIS, unit)
}
