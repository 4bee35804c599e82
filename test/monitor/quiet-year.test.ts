import { expect, test } from 'vitest'
import type { Reference } from '../../data/training-reference.ts'
import { randomBits, type RandomBits } from '../../stats/random.ts'
import { chosenSeed } from '../engine/seeded.ts'
import { psiOfX, referenceOfX, watching } from './windows.ts'

const [TRAINED_DAYS, YEAR, ROWS] = [76, 365, 150]
const seed = chosenSeed()

/** What is usual of a weekday. */
const WEEK = [0, 0.1, 0.2, 0.1, 0.3, -0.3, -0.4]
/** Of the level of one day by that of the day before, and how far it goes. */
const [MEMORY, SPREAD] = [0.2, 0.3]

/** Days of rows whose level wanders, around a pattern of the week. */
function days(random: RandomBits): { readonly next: (shift?: number) => readonly number[] } {
  let [level, day] = [SPREAD * normal(random), 0]
  return {
    next: (shift = 0) => {
      level = MEMORY * level + Math.sqrt(1 - MEMORY ** 2) * SPREAD * normal(random)
      const middle = level + (WEEK[(day += 1) % 7] ?? 0) + shift
      return Array.from({ length: ROWS }, () => Math.fround(middle + normal(random)))
    },
  }
}

function normal(random: RandomBits): number {
  const unit = (): number => (random() + 0.5) / 2 ** 32
  return Math.sqrt(-2 * Math.log(unit())) * Math.cos(2 * Math.PI * unit())
}

async function trained(
  random: RandomBits,
): Promise<{ readonly reference: Reference; readonly source: ReturnType<typeof days> }> {
  const source = days(random)
  return { reference: await referenceOfX(Array.from({ length: TRAINED_DAYS }, () => source.next())), source }
}

// Declared is one a year. Over 400 such years there were 0.34 a year, in eight years together 2.7 with a variance of 6 (an
// unlucky training has several), and never more than 11. Were it one a year with variance as much larger, more than 20 in
// eight years would come with a probability of 0.002; as it is, of less than 0.0001.
test('quiet years raise no more alarms than declared', { timeout: 300_000 }, async () => {
  let [alarms, breaches, windows] = [0, 0, 0]
  for (let year = 0; year < 8; year += 1) {
    const { reference, source } = await trained(randomBits(seed + year))
    const watch = watching(psiOfX(0.01), reference)
    let was = false
    for (let day = 0; day < 27 + YEAR; day += 1) {
      const [check] = watch.day(source.next())
      if (check === undefined || check.state === 'wait') continue
      windows += 1
      breaches += check.state === 'breach' ? 1 : 0
      alarms += check.alert && !was ? 1 : 0
      was = check.alert
    }
  }
  expect(windows).toBe(8 * YEAR)
  expect(alarms).toBeLessThanOrEqual(20)
  expect(breaches / windows).toBeLessThan(0.1)
})

test(
  'a planted shift is found within a window and the breaches that an alert takes',
  { timeout: 120_000 },
  async () => {
    const { reference, source } = await trained(randomBits(seed + 1000))
    const watch = watching(psiOfX(0.01), reference)
    for (let day = 0; day < 60; day += 1) watch.day(source.next())
    const [before] = watch.day(source.next())
    expect(before?.bound).toBeGreaterThan(0.01)
    const found = Array.from({ length: 28 + 2 }, () => watch.day(source.next(0.8))[0]?.alert)
    expect(found).toContain(true)
    expect(found[0]).toBe(before?.alert)
  },
)
