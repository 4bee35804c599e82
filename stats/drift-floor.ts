import { driftBetween, type BinCounts, type DriftMeasure } from './drift.ts'
import { fillCounts, randomBits, type RandomBits } from './random.ts'

export interface FloorOptions {
  readonly measure: DriftMeasure
  /** Length of a window, in units of the reference. */
  readonly units: number
  /** Units that are drawn together, seven days of them: what a week is like stays as it is. */
  readonly block: number
  /** Rows that a window is judged by. */
  readonly rows: number
  /** How often a window without drift may exceed the floor, as a share of all windows. */
  readonly rate: number
  readonly seed: number
}

export interface DriftFloor {
  readonly value: number
  /** `sampling`: the reference is shorter than two blocks, so that only the noise of `rows` rows is in it. */
  readonly of: 'windows' | 'sampling'
}

/** A quantile rests on this many draws beyond it, as far as time allows. */
const BEYOND = 20
const [FEWEST_DRAWS, MOST_DRAWS] = [1000, 20_000]

/**
 * What a measure of drift comes to where there is none: its quantile at 1 - `rate` over pairs of a training and a window,
 * both drawn from the units of the reference by the moving block bootstrap (Kuensch, Annals of Statistics 17(3), 1989), and
 * `rows` rows drawn from that window. Both are drawn, since the training is a few weeks of many, too.
 * `reference`: counts by bin, of one unit of time after another.
 */
export function driftFloor(reference: readonly BinCounts[], options: FloorOptions): DriftFloor {
  const { measure, units, block, rows, rate, seed } = options
  const random = randomBits(seed)
  const isShort = reference.length < 2 * block
  const whole = sumOf(reference, 0, reference.length)
  const [training, window] = isShort ? [whole, whole] : [new Float64Array(whole.length), new Float64Array(whole.length)]
  const blocks = runs(reference, block)
  const short = runs(reference, Math.min(units % block, reference.length))
  const sample = new Float64Array(whole.length)
  const draws = Math.min(Math.max(Math.ceil(BEYOND / rate), FEWEST_DRAWS), MOST_DRAWS)
  const found = Float64Array.from({ length: draws }, () => {
    if (!isShort) {
      fillBlocks(training, { blocks, count: Math.round(reference.length / block), random })
      fillBlocks(window, { blocks, count: Math.floor(units / block), random })
      if (units % block > 0) addTo(window, pickOne(short, random))
    }
    fillCounts(sample, { weights: window, rows, random })
    return driftBetween(measure, training, sample)
  }).toSorted()
  const place = Math.min(Math.ceil(draws * (1 - rate)), draws - 1)
  return { value: found[place] ?? 0, of: isShort ? 'sampling' : 'windows' }
}

/** Sums of each `length` units that follow each other. */
function runs(reference: readonly BinCounts[], length: number): readonly Float64Array[] {
  return Array.from({ length: Math.max(0, reference.length - length + 1) }, (_, first) =>
    sumOf(reference, first, first + length),
  )
}

function sumOf(reference: readonly BinCounts[], first: number, end: number): Float64Array {
  const sum = new Float64Array(reference[0]?.length ?? 0)
  for (let unit = first; unit < end; unit += 1) addTo(sum, reference[unit] ?? [])
  return sum
}

interface Drawing {
  readonly blocks: readonly Float64Array[]
  readonly count: number
  readonly random: RandomBits
}

function fillBlocks(sum: Float64Array, { blocks, count, random }: Drawing): void {
  sum.fill(0)
  for (let drawn = 0; drawn < count; drawn += 1) addTo(sum, pickOne(blocks, random))
}

function pickOne(from: readonly Float64Array[], random: RandomBits): Float64Array {
  return from[Math.floor((random() / 2 ** 32) * from.length)] ?? new Float64Array()
}

function addTo(sum: Float64Array, counts: BinCounts): void {
  for (let bin = 0; bin < sum.length; bin += 1) sum[bin] = (sum[bin] ?? 0) + (counts[bin] ?? 0)
}
